// An application that knows nothing of mtt-mock, with Node's fetch.
const answer = await fetch('https://webapicommon.mtt.ru/index.php', {
  method: 'POST',
  headers: { Authorization: `Basic ${btoa('login:password')}` },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'setCallBackFollowme',
    params: {
      customer_name: '883140500000000',
      callBackFollowmeStruct: [{ type: 'Ringall', redirect_number: '79000000001', timeout: 25 }],
    },
  }),
});
console.log(await answer.text());
