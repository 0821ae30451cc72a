/*
 * What containers of the benchmark run: as little work as a program can do, so that what is measured is the way to it and not itself.
 * Linked statically, it is all that its image holds.
 *
 *   train   writes a small model; with BENCH_LOG_BYTES prints that many bytes of metric lines first
 *   serve   answers a POST with as many bytes as it received, and one of {"chunks": n, "pause": seconds} to a path of streams with so many
 *           chunks that carry the moment they were written; a thread a connection
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static char zeros[1 << 20];

static int train(void) {
  const char *wanted = getenv("BENCH_LOG_BYTES");
  long long bytes = wanted ? atoll(wanted) : 0;
  for (long long line = 0, printed = 0; printed < bytes; line++)
    printed += printf("step=%010lld; loss=%.6f; accuracy=%.6f; rate=%.6f;\n", line, 1.0 / (line + 1), 0.5, 0.001);
  fflush(stdout);
  FILE *model = fopen("/opt/ml/model/model", "w");
  if (model) {
    fputs("a model\n", model);
    fclose(model);
  }
  return 0;
}

static int send_all(int to, const char *from, size_t length) {
  while (length > 0) {
    ssize_t sent = send(to, from, length, MSG_NOSIGNAL);
    if (sent <= 0) return -1;
    from += sent;
    length -= sent;
  }
  return 0;
}

static int answer(int to, size_t length) {
  char head[128];
  int size = sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n", length);
  if (length <= 65536) {
    struct iovec parts[2] = {{head, size}, {zeros, length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = sendmsg(to, &message, MSG_NOSIGNAL);
    if (sent < size) return -1;
    return send_all(to, zeros, length - (sent - size));
  }
  if (send_all(to, head, size) < 0) return -1;
  for (; length > 0;) {
    size_t part = length < sizeof zeros ? length : sizeof zeros;
    if (send_all(to, zeros, part) < 0) return -1;
    length -= part;
  }
  return 0;
}

static int stream(int to, const char *body) {
  const char *chunks = strstr(body, "\"chunks\":"), *pause = strstr(body, "\"pause\":");
  long count = chunks ? atol(chunks + 9) : 0;
  double seconds = pause ? atof(pause + 8) : 0;
  struct timespec rest = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
  const char *head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
  if (send_all(to, head, strlen(head)) < 0) return -1;
  for (; count > 0; count--) {
    struct timespec now;
    char chunk[32];
    clock_gettime(CLOCK_MONOTONIC, &now);
    int size = sprintf(chunk, "14\r\n%020lld\r\n", now.tv_sec * 1000000000LL + now.tv_nsec);
    if (send_all(to, chunk, size) < 0) return -1;
    if (seconds > 0) nanosleep(&rest, NULL);
  }
  return send_all(to, "0\r\n\r\n", 5);
}

static void *converse(void *argument) {
  int with = (int)(long)argument, on = 1;
  size_t room = 256 * 1024, held = 0;
  char *buffer = malloc(room + 1);
  setsockopt(with, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (;;) {
    buffer[held] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (!end) {
      ssize_t got = held < room ? recv(with, buffer + held, room - held, 0) : 0;
      if (got <= 0) break;
      held += got;
      continue;
    }
    *end = 0;
    char *length_line = strcasestr(buffer, "\r\ncontent-length:");
    size_t length = length_line ? strtoull(length_line + 17, NULL, 10) : 0;
    size_t body = end + 4 - buffer, rest = held - body;
    int is_stream = 0;
    if (length > 0 && length < 256) {
      while (rest < length) {
        ssize_t got = recv(with, buffer + held, room - held, 0);
        if (got <= 0) goto over;
        held += got;
        rest += got;
      }
      buffer[held] = 0;
      is_stream = strstr(buffer + body, "\"chunks\":") != NULL;
    }
    while (rest < length) { /* of a body only its size counts */
      ssize_t got = recv(with, buffer, room, 0);
      if (got <= 0) goto over;
      rest += got;
      held = body = 0;
    }
    if ((is_stream ? stream(with, buffer + body) : answer(with, length)) < 0) break;
    held = 0; /* nobody sends a second request before the first is answered */
  }
over:
  free(buffer);
  close(with);
  return NULL;
}

static void leave(int signal_number) { _exit(0 * signal_number); }

static int serve(void) {
  int on = 1, at = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080), .sin_addr.s_addr = INADDR_ANY};
  signal(SIGTERM, leave); /* the first process of a container dies of no signal that it does not handle */
  setsockopt(at, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(at, (struct sockaddr *)&address, sizeof address) < 0 || listen(at, 256) < 0) return 1;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&small, 256 * 1024);
  for (;;) {
    int with = accept(at, NULL, NULL);
    pthread_t thread;
    if (with >= 0 && pthread_create(&thread, &small, converse, (void *)(long)with) != 0) close(with);
  }
}

int main(int count, char **arguments) {
  const char *name = strrchr(arguments[0], '/');
  name = name ? name + 1 : arguments[0];
  (void)count;
  return strcmp(name, "serve") == 0 ? serve() : train();
}
