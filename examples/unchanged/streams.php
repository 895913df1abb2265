<?php
// An application that knows nothing of mtt-mock, with PHP's streams.
$request = ['jsonrpc' => '2.0', 'id' => 1, 'method' => 'setCallBackFollowme', 'params' => [
    'customer_name' => '883140500000000',
    'callBackFollowmeStruct' => [['type' => 'Ringall', 'redirect_number' => '79000000001', 'timeout' => 25]],
]];
$context = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => "Content-Type: application/json\r\nAuthorization: Basic " . base64_encode('login:password'),
    'content' => json_encode($request),
]]);
$answer = file_get_contents('https://webapicommon.mtt.ru/index.php', false, $context);
if ($answer === false) {
    exit(1);
}
echo $answer, "\n";
