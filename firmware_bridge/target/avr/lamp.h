/* The lamp at the bed: what it shows, in rhythms of a second and that can be told apart from the door. */
#ifndef LAMP_H
#define LAMP_H

#include "node_hal.h"

void lamp_start(void);
void lamp_show(enum node_led state);
/* Called 15.6 times a second, interrupts off. */
void lamp_blink(void);

#endif
