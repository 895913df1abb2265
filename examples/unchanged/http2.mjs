// An application that knows nothing of mtt-mock, with Node's http2.
import { connect } from 'node:http2';

const session = connect('https://webapicommon.mtt.ru');
session.on('error', (error) => { console.error(error.message); process.exitCode = 1; });
const stream = session.request({
  ':method': 'POST',
  ':path': '/index.php',
  authorization: `Basic ${btoa('login:password')}`,
});
stream.on('error', () => {});
stream.on('data', (data) => console.log(String(data))).on('end', () => session.close());
stream.end(JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'deleteCallBackFollowme',
  params: { customer_name: '883140500000000' },
}));
