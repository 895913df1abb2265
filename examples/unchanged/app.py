"""An application that knows nothing of mtt-mock, with Python's standard library."""

import base64
import json
import urllib.request

REQUEST = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "setCallBackFollowme",
    "params": {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [
            {"type": "Ringall", "redirect_number": "79000000001", "timeout": 25}
        ],
    },
}
credentials = base64.b64encode(b"login:password").decode()
request = urllib.request.Request(
    "https://webapicommon.mtt.ru/index.php",
    json.dumps(REQUEST).encode(),
    {"Authorization": f"Basic {credentials}"},
)
with urllib.request.urlopen(request, timeout=30) as answer:
    print(answer.read().decode())
