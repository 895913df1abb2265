// An application that knows nothing of mtt-mock, with axios.
import axios from 'axios';

const answer = await axios.post(
  'https://webapicommon.mtt.ru/index.php',
  {
    jsonrpc: '2.0',
    id: 1,
    method: 'deleteCallBackFollowme',
    params: { customer_name: '883140500000000' },
  },
  { auth: { username: 'login', password: 'password' } },
);
console.log(JSON.stringify(answer.data));
