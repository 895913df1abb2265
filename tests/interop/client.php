<?php
// Drives Horde_Rpc's JSON-RPC client as its documents say: LIBRARY URL. Prints what the caller gets.
error_reporting(E_ALL & ~E_DEPRECATED);
require 'Horde/Autoloader/Default.php';

$customer = ['customer_name' => '883140500000000'];
$element = ['type' => 'ringall', 'redirect_number' => '79000000001'];
$set = $customer + ['callBackFollowmeStruct' => [$element]];
$calls = [
    ['first', 'deleteCallBackFollowme', $customer],
    ['error', 'getCallBackFollowme', $customer],
    ['success', 'setCallBackFollowme', $set],
    ['refusal', 'setCallBackFollowme', $set],
    ['position', 'deleteCallBackFollowme', ['883140500000000']],
    ['cyrillic', 'deleteCallBackFollowme', ['customer_name' => 'Анна']],
];
$http = new Horde_Http_Client(['request.username' => 'login', 'request.password' => 'password']);
$answers = [];
foreach ($calls as [$name, $method, $params]) {
    try {
        $answers[$name] = ['value' => Horde_Rpc::request('Jsonrpc', $argv[2], $method, $http, $params)];
    } catch (Throwable $error) {
        $answers[$name] = ['error' => get_class($error), 'all' => $error->getMessage()];
    }
}
echo json_encode($answers), "\n";
