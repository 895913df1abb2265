// An application that knows nothing of mtt-mock, with undici.
import { request } from 'undici';

const answer = await request('https://webapicommon.mtt.ru/index.php', {
  method: 'POST',
  headers: { authorization: `Basic ${btoa('login:password')}` },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'deleteCallBackFollowme',
    params: { customer_name: '883140500000000' },
  }),
});
console.log(await answer.body.text());
