# The fake of MTT's CallBack API: HTTP on port 80, HTTPS on 443, as the real one.
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 mtt
COPY pyproject.toml README.md LICENSE /src/
COPY contracts /src/contracts
COPY client /src/client
COPY mock_server /src/mock_server
RUN pip install --no-cache-dir '/src[sql]' && rm -r /src

# The authority's key stays in the home of this user. Its certificate, for others to trust, is
# written to /trust, which is a volume that they can read.
RUN mkdir /trust && chown mtt /trust
VOLUME /trust
USER mtt
EXPOSE 80 443
HEALTHCHECK --interval=5s --timeout=6s --start-period=10s \
    CMD ["mtt-mock", "health", "http://127.0.0.1:80/index.php"]
CMD ["sh", "-c", "mtt-mock ca export --bundle /trust/bundle.pem && exec mtt-mock serve --host 0.0.0.0 --port 80 --tls --tls-port 443"]
