// An application that knows nothing of mtt-mock, with request.
const request = require('request');

request.post('https://webapicommon.mtt.ru/index.php', {
  auth: { user: 'login', pass: 'password' },
  json: {
    jsonrpc: '2.0',
    id: 1,
    method: 'deleteCallBackFollowme',
    params: { customer_name: '883140500000000' },
  },
}, (error, response, body) => {
  if (error) throw error;
  console.log(JSON.stringify(body));
});
