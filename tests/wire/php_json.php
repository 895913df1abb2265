<?php
// Reads base64 lines of JSON. Prints for each: base64 of json_encode() of the decoded value, with the flags of the
// argument, or "error", then whether the value equals the string 2.0 by PHP's loose comparison.
$flags = (int) ($argv[1] ?? 0);
while (($line = fgets(STDIN)) !== false) {
    $value = json_decode(base64_decode(trim($line)), false, 512);
    if (json_last_error() !== JSON_ERROR_NONE) {
        echo "error -\n";
        continue;
    }
    $text = json_encode($value, $flags);
    echo $text === false ? 'unwritable' : base64_encode($text), ' ', $value == '2.0' ? 1 : 0, "\n";
}
