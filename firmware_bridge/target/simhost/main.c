/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * simhost [options] [FIRMWARE.elf|FIRMWARE.hex]
 *
 *   --lockstep         time passes only by the command `step`; the UART's bytes travel in commands and answers
 *   --pty [--link P]   UART on a pty, real time; P becomes a symbolic link to it
 *   --tcp PORT         UART on a TCP port of the loopback, real time; 0 lets the system choose
 *   --boot LOADER.hex  start in this boot loader, which every reset enters too
 *   --eeprom FILE      EEPROM is read from it at the start and kept in it at the end
 *   --ppm N            the crystal is N millionths fast
 *   --baud N           of what the host sends (115200)
 *   --watch            measure stack and masked interrupts, instruction by instruction
 *
 * The first line that starts with "uart " names the line. Commands on stdin: see command.c. End of stdin ends it.
 */
#include "simhost.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct choices {
    bool lockstep, pty;
    int port;
    const char *link, *loader, *firmware;
    double ppm, baud;
};

static bool choose(int count, char **arguments, struct choices *choices, struct board *board) {
    static const struct option options[] = {
        {"lockstep", no_argument, NULL, 's'},     {"pty", no_argument, NULL, 'p'},
        {"link", required_argument, NULL, 'l'},   {"tcp", required_argument, NULL, 't'},
        {"boot", required_argument, NULL, 'b'},   {"eeprom", required_argument, NULL, 'e'},
        {"ppm", required_argument, NULL, 'm'},    {"baud", required_argument, NULL, 'r'},
        {"watch", no_argument, NULL, 'w'},        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(count, arguments, "", options, NULL)) >= 0)
        switch (option) {
        case 's': choices->lockstep = true; break;
        case 'p': choices->pty = true; break;
        case 'l': choices->link = optarg; break;
        case 't': choices->port = atoi(optarg); break;
        case 'b': choices->loader = optarg; break;
        case 'e': board->eeprom_path = optarg; break;
        case 'm': choices->ppm = atof(optarg); break;
        case 'w': board->watch = true; break;
        case 'r': choices->baud = atof(optarg); break;
        default: return false;
        }
    choices->firmware = arguments[optind];
    return choices->lockstep + choices->pty + (choices->port >= 0) == 1 && choices->baud > 0;
}

static void serve_steps(struct board *board) {
    char *line = NULL;
    size_t room = 0;
    puts("uart lockstep");
    fflush(stdout);
    while (getline(&line, &room, stdin) > 0 && command_run(board, line))
        ;
    free(line);
}

int main(int count, char **arguments) {
    static struct board board;
    struct choices choices = {.port = -1, .baud = 115200};
    if (!choose(count, arguments, &choices, &board)) {
        fprintf(stderr, "usage: simhost --lockstep|--pty|--tcp PORT [options] [firmware]; see main.c\n");
        return 2;
    }
    board.hz = NOMINAL_HZ * (1 + choices.ppm * 1e-6);
    board.byte_cycles = board.hz * 10 / choices.baud;
    if (!board_start(&board, choices.firmware, choices.loader)) {
        fprintf(stderr, "simhost: the firmware or the loader cannot be read\n");
        return 3;
    }
    if (choices.lockstep) {
        serve_steps(&board);
    } else {
        struct line *line = choices.pty ? line_open_pty(choices.link) : line_open_tcp(choices.port);
        if (!line) {
            perror("simhost: no line");
            return 4;
        }
        fflush(stdout);
        line_serve(&board, line);
    }
    board_keep_eeprom(&board);
    return 0;
}
