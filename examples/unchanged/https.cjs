// An application that knows nothing of mtt-mock, with Node's https.
const https = require('node:https');

const request = https.request(
  'https://webapicommon.mtt.ru/index.php',
  { method: 'POST', auth: 'login:password' },
  (answer) => {
    let text = '';
    answer.on('data', (part) => { text += part; });
    answer.on('end', () => console.log(text));
  },
);
request.on('error', (error) => { console.error(error.message); process.exitCode = 1; });
request.end(JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'setCallBackFollowme',
  params: {
    customer_name: '883140500000000',
    callBackFollowmeStruct: [{ type: 'Ringall', redirect_number: '79000000001', timeout: 25 }],
  },
}));
