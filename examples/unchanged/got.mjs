// An application that knows nothing of mtt-mock, with got.
import got from 'got';

const answer = await got.post('https://webapicommon.mtt.ru/index.php', {
  username: 'login',
  password: 'password',
  retry: { limit: 0 },
  json: {
    jsonrpc: '2.0',
    id: 1,
    method: 'deleteCallBackFollowme',
    params: { customer_name: '883140500000000' },
  },
});
console.log(answer.body);
