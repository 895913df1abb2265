// An application that knows nothing of mtt-mock, with superagent.
import superagent from 'superagent';

const answer = await superagent
  .post('https://webapicommon.mtt.ru/index.php')
  .auth('login', 'password')
  .send({
    jsonrpc: '2.0',
    id: 1,
    method: 'deleteCallBackFollowme',
    params: { customer_name: '883140500000000' },
  });
console.log(answer.text ?? JSON.stringify(answer.body));
