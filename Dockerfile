# The release binary in a small image, as a user without rights.
#   docker build -t quarterdeck .

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches outlive the build, so that a changed line costs its own compilation and not that of the dependencies. The
# binary is copied out of the cache, which the next stage does not see.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin quarterdeck \
    && cp target/release/quarterdeck /usr/local/bin/quarterdeck

FROM debian:bookworm-slim
# Slack's socket is checked against the system's certificates.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
# The state directory is made here, so that a new volume takes over its owner and mode.
RUN groupadd --system --gid 10001 quarterdeck \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/quarterdeck \
        --shell /usr/sbin/nologin quarterdeck \
    && install -d -o quarterdeck -g quarterdeck -m 0700 /var/lib/quarterdeck
COPY --from=build /usr/local/bin/quarterdeck /usr/local/bin/quarterdeck

USER 10001:10001
WORKDIR /var/lib/quarterdeck
VOLUME /var/lib/quarterdeck
# Inside a container, loopback is nobody's; which address of the host it is published on is said with `docker run -p`.
ENV QUARTERDECK__HTTP__LISTEN=0.0.0.0:8080
EXPOSE 8080
# 200 while it takes things in; 503 when, say, its disk fails. bash speaks the little HTTP that this needs.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
# It handles SIGTERM itself, finishes what is under way (at most 25 s) and starts no other processes: no init is needed.
STOPSIGNAL SIGTERM
ENTRYPOINT ["quarterdeck"]
CMD ["run"]
