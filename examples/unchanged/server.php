<?php
// A web application that knows nothing of mtt-mock, in PHP's built-in server; it asks itself once.
if (PHP_SAPI === 'cli-server') {
    require __DIR__ . '/streams.php';
    return;
}
$socket = stream_socket_server('tcp://127.0.0.1:0');
$address = stream_socket_get_name($socket, false);
fclose($socket);
$log = tempnam(sys_get_temp_dir(), 'php');
$server = proc_open([PHP_BINARY, '-S', $address, __FILE__], [2 => ['file', $log, 'w']], $pipes);
for ($attempt = 0; $attempt < 100 && !@fsockopen("tcp://$address"); $attempt++) {
    usleep(50000);
}
echo @file_get_contents("http://$address/");
proc_terminate($server);
proc_close($server);
unlink($log);
