/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The node's UART on a pty or a TCP port, the CPU paced to real time. Reading a clock is this file's business alone.
 */
#define _GNU_SOURCE
#include "simhost.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SLICE 0.0005 /* seconds run at a time */
#define BEHIND 0.25  /* seconds; a machine that stood still is not caught up with */

struct line {
    int fd, listener;
};

static struct line *opened(int fd, int listener) {
    struct line *line = malloc(sizeof *line);
    if (line)
        *line = (struct line){.fd = fd, .listener = listener};
    return line;
}

struct line *line_open_pty(const char *link) {
    int master, slave;
    char name[128];
    struct termios settings;
    if (openpty(&master, &slave, name, NULL, NULL) || tcgetattr(slave, &settings))
        return NULL;
    cfmakeraw(&settings);
    tcsetattr(slave, TCSANOW, &settings); /* the slave stays open: the line never hangs up by itself */
    fcntl(master, F_SETFL, O_NONBLOCK);
    if (link) {
        unlink(link);
        if (symlink(name, link))
            return NULL;
    }
    printf("uart %s\n", name);
    return opened(master, -1);
}

struct line *line_open_tcp(int port) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
    };
    socklen_t length = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&address, &length))
        return NULL;
    printf("uart socket://127.0.0.1:%d\n", ntohs(address.sin_port));
    return opened(-1, listener);
}

static void drop(struct line *line) {
    if (line->listener < 0)
        return;
    close(line->fd);
    line->fd = -1;
}

static void exchange(struct board *board, struct line *line) {
    uint8_t buffer[4096];
    struct queue *out = &board->from_node;
    if (line->fd < 0 && line->listener >= 0) {
        int on = 1;
        line->fd = accept4(line->listener, NULL, NULL, SOCK_NONBLOCK);
        if (line->fd >= 0)
            setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    if (line->fd < 0) {
        queue_clear(out); /* nobody hears a line that nobody holds */
        return;
    }
    if (out->count) {
        ssize_t written = write(line->fd, out->data + out->head, out->count);
        if (written > 0) {
            out->head += (size_t)written;
            out->count -= (size_t)written;
        } else if (errno == EAGAIN) {
            queue_clear(out); /* as a full adapter does */
        } else {
            drop(line);
            return;
        }
    }
    if (board->to_node.count)
        return;
    ssize_t got = read(line->fd, buffer, sizeof buffer);
    if (got > 0)
        board_send(board, buffer, (size_t)got);
    else if (got == 0)
        drop(line);
}

static double clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Read what stands on stdin without waiting; false when it has ended or the command says so. */
static bool obey(struct board *board) {
    static char text[4096];
    static size_t length;
    struct pollfd in = {.fd = 0, .events = POLLIN};
    while (poll(&in, 1, 0) > 0) {
        ssize_t got = read(0, text + length, sizeof text - 1 - length);
        if (got <= 0)
            return false;
        length += (size_t)got;
        text[length] = 0;
        char *end;
        while ((end = strchr(text, '\n'))) {
            *end = 0;
            bool more = command_run(board, text);
            length -= (size_t)(end + 1 - text);
            memmove(text, end + 1, length + 1);
            if (!more)
                return false;
        }
        if (length == sizeof text - 1)
            length = 0;
    }
    return true;
}

void line_serve(struct board *board, struct line *line) {
    double wall = clock_now();
    avr_cycle_count_t start = board->avr->cycle;
    while (obey(board)) {
        exchange(board, line);
        board_run(board, board->avr->cycle + (avr_cycle_count_t)(SLICE * board->hz));
        double ahead = (double)(board->avr->cycle - start) / board->hz - (clock_now() - wall);
        if (ahead > SLICE)
            usleep((useconds_t)(ahead * 1e6));
        else if (ahead < -BEHIND) {
            wall = clock_now();
            start = board->avr->cycle;
        }
    }
}
