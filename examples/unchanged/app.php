<?php
// An application that knows nothing of mtt-mock, with PHP's curl.
$request = ['jsonrpc' => '2.0', 'id' => 1, 'method' => 'setCallBackFollowme', 'params' => [
    'customer_name' => '883140500000000',
    'callBackFollowmeStruct' => [['type' => 'Ringall', 'redirect_number' => '79000000001', 'timeout' => 25]],
]];
$curl = curl_init('https://webapicommon.mtt.ru/index.php');
curl_setopt_array($curl, [
    CURLOPT_USERPWD => 'login:password',
    CURLOPT_POSTFIELDS => json_encode($request),
    CURLOPT_RETURNTRANSFER => true,
]);
$answer = curl_exec($curl);
if ($answer === false) {
    fwrite(STDERR, curl_error($curl) . "\n");
    exit(1);
}
echo $answer, "\n";
