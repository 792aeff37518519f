/* usage.h - what a process has used up until now, and samples of times. */
#ifndef PEERS_USAGE_H
#define PEERS_USAGE_H

#include "peer.h"

void
usage_take(uint64_t frames, struct usage *ret);
/* Adds a sample, while there is room for it. */
void
usage_sample(struct sheet *sheet, uint64_t ns);

#endif /* PEERS_USAGE_H */
