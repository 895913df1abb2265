// An application that knows nothing of mtt-mock, with needle.
import needle from 'needle';

const answer = await needle('post', 'https://webapicommon.mtt.ru/index.php', {
  jsonrpc: '2.0',
  id: 1,
  method: 'deleteCallBackFollowme',
  params: { customer_name: '883140500000000' },
}, { json: true, username: 'login', password: 'password' });
console.log(JSON.stringify(answer.body));
