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

    public function stream_open(string $url, string $mode, int $flags, ?string &$opened): bool
    {
        $context = $this->context ?? stream_context_get_default();
        if (self::isMtt($url)) {
            // A context of our own: the script's stays as the script made it.
            $options = stream_context_get_options($context);
            $options['http']['proxy'] = preg_replace('~^http~', 'tcp', getenv('MTT_MOCK_PROXY'));
            $options['http']['request_fulluri'] = strncasecmp($url, 'http:', 5) === 0;
            $params = stream_context_get_params($context);
            unset($params['options']);
            $context = stream_context_create($options, $params);
        }
        foreach (['http', 'https'] as $scheme) {
            @stream_wrapper_restore($scheme);
        }
        try {
            $this->stream = fopen($url, $mode, (bool) ($flags & STREAM_USE_PATH), $context);
        } finally {
            self::register();
        }
        if (isset($http_response_header)) {
            // PHP sets it where the stream is opened; a function's own cannot be reached from here.
            $GLOBALS['http_response_header'] = $http_response_header;
        }
        return (bool) $this->stream;
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
}
