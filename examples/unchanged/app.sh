#!/bin/sh
# An application that knows nothing of mtt-mock, with curl.
exec curl --silent --show-error --fail --user login:password --data \
  '{"jsonrpc":"2.0","id":1,"method":"setCallBackFollowme","params":{"customer_name":"883140500000000","callBackFollowmeStruct":[{"type":"Ringall","redirect_number":"79000000001","timeout":25}]}}' \
  --write-out '\n' https://webapicommon.mtt.ru/index.php
