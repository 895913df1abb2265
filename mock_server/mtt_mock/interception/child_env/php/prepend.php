<?php
// PHP runs this before the script. PHP's https:// and http:// streams do not read proxy variables, so
// they are opened here: with the script's own context, and the proxy for the MTT host.

final class MttMockStream
{
    /** @var resource|null the script's context; PHP sets it */
    public $context;
    /** @var resource|null */
    private $stream;

    public static function register(): void
    {
        foreach (['http', 'https'] as $scheme) {
            stream_wrapper_unregister($scheme);
            stream_wrapper_register($scheme, self::class, STREAM_IS_URL);
        }
    }

    /**
     * Opens PHP's own stream, for MTT's host through the proxy.
     *
     * @param list<string>|null $headers gets the lines of the answer's head
     * @param resource|null $context
     * @return resource|false
     */
    public static function open(?array &$headers, string $url, string $mode, bool $include, $context)
    {
        $context ??= stream_context_get_default();
        if (self::isMtt($url)) {
            // A context of our own: the script's stays as the script made it.
            $options = stream_context_get_options($context);
            $options['http']['proxy'] = preg_replace('~^http~', 'tcp', getenv('MTT_MOCK_PROXY'));
            $options['http']['request_fulluri'] = strncasecmp($url, 'http:', 5) === 0;
            $options['ssl']['cafile'] = getenv('SSL_CERT_FILE'); // in place of one that the script names
            $params = stream_context_get_params($context);
            unset($params['options']);
            $context = stream_context_create($options, $params);
        }
        foreach (['http', 'https'] as $scheme) {
            @stream_wrapper_restore($scheme);
        }
        try {
            $stream = fopen($url, $mode, $include, $context);
            $headers = $http_response_header ?? null; // PHP sets it where the stream is opened
            return $stream;
        } finally {
            self::register();
        }
    }

    public function stream_open(string $url, string $mode, int $flags, ?string &$opened): bool
    {
        $this->stream = self::open($headers, $url, $mode, (bool) ($flags & STREAM_USE_PATH), $this->context);
        if ($headers !== null) {
            // A function's own variable cannot be reached from here.
            $GLOBALS['http_response_header'] = $headers;
        }
        return (bool) $this->stream;
    }

    /**
     * Loads clients that read the head of an answer where this class cannot put it: they call open().
     */
    public static function loadClient(string $class): void
    {
        $file = [
            'guzzlehttp\\handler\\streamhandler' => ['GuzzleHttp\\Client', 'Handler/StreamHandler.php'],
            'symfony\\component\\httpclient\\response\\nativeresponse' =>
                ['Symfony\\Component\\HttpClient\\HttpClientTrait', 'Response/NativeResponse.php'],
        ][strtolower($class)] ?? null;
        if ($file === null || !(class_exists($file[0]) || trait_exists($file[0]))) {
            return;
        }
        $path = dirname((new ReflectionClass($file[0]))->getFileName()) . '/' . $file[1];
        if (is_readable($path)) {
            $call = '~(?<![\w>:$])\\\\?fopen\((?=\(string\) \$uri|\$url)~';
            $open = '\\MttMockStream::open($http_response_header, ';
            eval('?>' . preg_replace($call, addcslashes($open, '\\$'), file_get_contents($path)));
        }
    }

    private static function isMtt(string $url): bool
    {
        $host = strtolower(rtrim((string) parse_url($url, PHP_URL_HOST), '.'));
        return in_array($host, explode(',', (string) getenv('MTT_MOCK_HOSTS')), true);
    }

    public function stream_read(int $count): string|false
    {
        return fread($this->stream, $count);
    }

    public function stream_write(string $data): int
    {
        return (int) fwrite($this->stream, $data);
    }

    public function stream_eof(): bool
    {
        return feof($this->stream);
    }

    public function stream_close(): void
    {
        fclose($this->stream);
    }

    public function stream_stat(): array|false
    {
        return fstat($this->stream);
    }

    public function stream_set_option(int $option, int $first, ?int $second): bool
    {
        if ($option === STREAM_OPTION_READ_TIMEOUT) {
            return stream_set_timeout($this->stream, $first, (int) $second);
        }
        if ($option === STREAM_OPTION_BLOCKING) {
            return stream_set_blocking($this->stream, (bool) $first);
        }
        return false;
    }

    /** @return resource */
    public function stream_cast(int $as)
    {
        return $this->stream;
    }
}

if (getenv('MTT_MOCK_PROXY') !== false && ini_get('allow_url_fopen')) {
    MttMockStream::register();
    spl_autoload_register([MttMockStream::class, 'loadClient'], true, true);
}
