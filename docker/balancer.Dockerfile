# nginx before several servers: docker-compose.balanced.yml. No rights, a read-only root file system.
# Built from the repository root: docker build -f docker/balancer.Dockerfile .
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin gatling
COPY docker/balancer.conf /etc/gatling/
USER gatling
EXPOSE 8000
STOPSIGNAL SIGQUIT
# The addresses of the replicas are read again now and then: one that was made anew may have another. A name that does not
# resolve fails the reload alone, and nginx goes on with what it has.
CMD ["sh", "-c", "while sleep 10; do nginx -c /etc/gatling/balancer.conf -e stderr -s reload 2>/dev/null; done & exec nginx -c /etc/gatling/balancer.conf -e stderr -g 'daemon off;'"]
