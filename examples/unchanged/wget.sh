#!/bin/sh
# An application that knows nothing of mtt-mock, with wget.
exec wget --quiet --output-document=- --auth-no-challenge --user=login --password=password --post-data \
  '{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme","params":{"customer_name":"883140500000000"}}' \
  https://webapicommon.mtt.ru/index.php
