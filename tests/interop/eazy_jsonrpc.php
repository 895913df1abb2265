<?php
// Answers base64 lines of request bodies with the eazy-jsonrpc library, whose file is the first argument.
// Prints base64 of each answer, or "throws" where the library of 2015 does not run under PHP 8.
error_reporting(0);
$library = file_get_contents($argv[1]);
// PHP 8 refuses an object where PHP 5 and 7 looked for its property.
$library = preg_replace('/array_key_exists\(\s*(\$param->getName\(\)),\s*\$params\s*\)/', 'property_exists($params, $1)', $library);
eval(substr($library, strlen('<?php')));

class CallBack extends BaseJsonRpcServer
{
    public function setCallBackFollowme($customer_name, $callBackFollowmeStruct, $caller_id = null, $defaultBNumber = null) { return ['success' => 1]; }
    public function getCallBackFollowme($customer_name) { return ['success' => 1]; }
    public function deleteCallBackFollowme($customer_name) { return ['success' => 1]; }
    public function setCallBackPrompt($customer_name, $file_name) { return ['success' => 1]; }
    public function getCallBackFollowmeCallInfo($customer_name, $callBackCall_id) { return ['success' => 1]; }
    public function makeCallBackCallFollowme($customer_name, $b_number = null, $caller_id = null, $callBackURL = null, $simpleCallBackFollowmeStruct = null, $recordEnable = 1, $duration = null, $client_caller_id = null, $direction = null, $callDescription = null) { return ['success' => 1]; }
    public function getCustomerBalance($customer_name) { return ['success' => 1]; }
}

while (($line = fgets(STDIN)) !== false) {
    $_GET['rawRequest'] = base64_decode(trim($line));
    ob_start();
    try {
        (new CallBack())->Execute();
        $answer = ob_get_clean();
        echo "=", base64_encode($answer), "\n";
    } catch (\Throwable $error) {
        ob_end_clean();
        echo "throws\n";
    }
}
