#!/usr/bin/env python3
"""Writes copies of the explored sources in which steps of the protocol can be left out, one at a time.

mutate.py SOURCE-FOLDER OUTPUT-FOLDER

Each place in a source is given by the text before it and its own, and says which mutation changes it, and to what. A
place that is not there exactly once is an error, so that no mutation gets lost when the source changes. They
go to mutations.h, in the order of their numbers, from 1 on.
"""

import os
import sys

FENCE = 'atomic_thread_fence(memory_order_seq_cst);'
ACQUIRE, WAIT = 'subscriber-acquire.c', 'subscriber-wait.c'
FRAME, PUBLISHER_WAIT, BUFFER, PEER = 'publisher-frame.c', 'publisher-wait.c', 'stream-buffer.c', 'stream-peer.c'


def no_fence(name, file, comment):
    return (name, file, comment, FENCE, lambda on: 'if (!(%s)) %s' % (on, FENCE))


def no_release(name, file, before, store):
    relaxed = store.replace('memory_order_release', 'memory_order_relaxed')
    return (name, file, before, store, lambda on: 'if (%s) %s else %s' % (on, relaxed, store))


# Mutation, file, the text before the place, the place, what is there instead, by a condition that it is on.
PLACES = [
    no_fence('NO_FENCE_ACQUIRE_LATEST', ACQUIRE, '/* FENCE: held is stored before head is loaded again. */\n\t\t\t'),
    no_fence('NO_FENCE_ACQUIRE_EVERY', ACQUIRE,
             '/* FENCE: held is stored before floor is loaded, and cursor before publisher_waits. */\n\t\t'),
    ('NO_RECHECK', ACQUIRE, 'again = atomic_load_explicit(&link->board->head, memory_order_acquire);\n\t\t\tif (',
     'again == head)\n\t\t\t\treturn 0;', lambda on: 'again == head || (%s))\n\t\t\t\treturn 0;' % on),
    ('NO_FLOOR_CHECK', ACQUIRE, '', 'if (atomic_load_explicit(&link->card->floor, memory_order_acquire) >= next) {',
     lambda on: 'if (!(%s) && atomic_load_explicit(&link->card->floor, memory_order_acquire) >= next) {' % on),
    ('CURSOR_BEFORE_HELD', ACQUIRE, '',
     'atomic_store_explicit(&link->card->held[slot], HELD(next, ret->index), memory_order_relaxed);',
     lambda on: 'if (%s) atomic_store_explicit(&link->card->cursor, next, memory_order_release);\n'
                'atomic_store_explicit(&link->card->held[slot], HELD(next, ret->index), memory_order_relaxed);' % on),
    no_release('NO_RELEASE_CURSOR', ACQUIRE,
               'says nothing. */\n\t\t', 'atomic_store_explicit(&link->card->cursor, next, memory_order_release);'),
    no_fence('NO_FENCE_SLEEP', WAIT,
             '/* FENCE: waiting is stored before head, and whether it has hung up, is loaded again. */\n\t'),
    no_fence('NO_FENCE_POLL', WAIT, '/* FENCE: as in sleep_on_card(). */\n\t'),
    ('NO_WAITING_RECHECK', WAIT, 'if (', '!subscriber_is_news(subscriber) && !has_hung_up(subscriber->link)) {',
     lambda on: '(%s) || (!subscriber_is_news(subscriber) && !has_hung_up(subscriber->link))) {' % on),
    ('NO_HUNG_UP_CHECK', WAIT, 'return ', 'atomic_load_explicit(&link->hung_up, memory_order_relaxed);',
     lambda on: '!(%s) && atomic_load_explicit(&link->hung_up, memory_order_relaxed);' % on),
    ('NO_POLL_RECHECK', WAIT, 'return subscriber_is_news(subscriber)', ';', lambda on: ' && !(%s);' % on),
    no_fence('NO_FENCE_PUBLISH', FRAME,
             '/* FENCE: head is stored before waiting is read, and before held is read by read_cards(). */\n\t'),
    no_release('NO_RELEASE_HEAD', FRAME, '',
               'atomic_store_explicit(&board->head, sequence, memory_order_release);'),
    ('HEAD_BEFORE_RECORD', FRAME, '', 'atomic_store_explicit(&record->sequence, 0, memory_order_relaxed);',
     lambda on: 'if (%s) atomic_store_explicit(&board->head, sequence, memory_order_release);\n'
                'atomic_store_explicit(&record->sequence, 0, memory_order_relaxed);' % on),
    no_fence('NO_FENCE_WAIT', PUBLISHER_WAIT,
             '/* FENCE: publisher_waits is stored before the cards are read again. */\n\t\t'),
    ('NO_WAIT_RECHECK', PUBLISHER_WAIT, 'watch_pool(publisher);\n\t\tr = ', 'try(publisher, argument);',
     lambda on: '(%s) ? -EAGAIN : try(publisher, argument);' % on),
    ('NO_HELD_READ', BUFFER, '\t\t\tif (', 'held)\n\t\t\t\tmark(publisher, HELD_INDEX(held));',
     lambda on: 'held && !(%s))\n\t\t\t\tmark(publisher, HELD_INDEX(held));' % on),
    ('HEAD_IS_FREE', BUFFER, '(buffer->sequence && ', 'buffer->sequence == publisher->head)',
     lambda on: 'buffer->sequence == publisher->head && !(%s))' % on),
    ('AWAKE_AFTER_WAKE', PEER, 'uint32_t waiting = ', 'atomic_exchange(&peer->card->waiting, AWAKE);',
     lambda on: '(%s) ? atomic_load(&peer->card->waiting) : atomic_exchange(&peer->card->waiting, AWAKE);' % on),
    ('AWAKE_AFTER_WAKE', PEER, '', 'return waiting != AWAKE;',
     lambda on: 'if (%s) atomic_store(&peer->card->waiting, AWAKE);\n\treturn waiting != AWAKE;' % on),
]

# In which scenario of test-interleavings.c each fails, and on which memory.
FAILS = {
    'NO_FENCE_ACQUIRE_LATEST': ('latest', 'TSO'),
    'NO_FENCE_ACQUIRE_EVERY': ('every_drop', 'TSO'),
    'NO_RECHECK': ('latest', 'TSO'),
    'NO_FLOOR_CHECK': ('every_drop', 'TSO'),
    'CURSOR_BEFORE_HELD': ('every_short_of_buffers', 'TSO'),
    'NO_RELEASE_CURSOR': ('every_short_of_buffers', 'weak'),
    'NO_FENCE_SLEEP': ('every', 'TSO'),
    'NO_FENCE_POLL': ('every_polls', 'TSO'),
    'NO_WAITING_RECHECK': ('every', 'TSO'),
    'NO_HUNG_UP_CHECK': ('publisher_dies', 'TSO'),
    'NO_POLL_RECHECK': ('every_polls', 'TSO'),
    'NO_FENCE_PUBLISH': ('latest', 'TSO'),
    'NO_RELEASE_HEAD': ('latest', 'weak'),
    'HEAD_BEFORE_RECORD': ('latest', 'TSO'),
    'NO_FENCE_WAIT': ('every', 'TSO'),
    'NO_WAIT_RECHECK': ('every', 'TSO'),
    'NO_HELD_READ': ('latest', 'TSO'),
    'HEAD_IS_FREE': ('latest', 'TSO'),
    'AWAKE_AFTER_WAKE': ('latest', 'TSO'),
}
NAMES = list(FAILS)


def mutate(file, text):
    for name, of, before, place, instead in PLACES:
        if of != file:
            continue
        if text.count(before + place) != 1:
            sys.exit('mutate.py: %s: the place of %s is there %d times' % (file, name, text.count(before + place)))
        text = text.replace(before + place, before + instead('explore_mutation == %d' % (NAMES.index(name) + 1)))
    return text


def main():
    source, output = sys.argv[1:]
    for file in (ACQUIRE, WAIT, FRAME, PUBLISHER_WAIT, BUFFER, PEER):
        with open(os.path.join(source, file)) as f:
            text = f.read()
        with open(os.path.join(output, 'mutated-' + file), 'w') as f:
            f.write('/* Made by mutate.py. */\nextern unsigned explore_mutation;\n' + mutate(file, text))
    with open(os.path.join(output, 'mutations.h'), 'w') as f:
        f.write('/* Made by mutate.py. */\nstatic const struct mutation mutations[] = {\n')
        f.writelines('\t{ "%s", "%s", %s },\n' % (name, scenario, 'true' if memory == 'weak' else 'false')
                     for name, (scenario, memory) in FAILS.items())
        f.write('};\n')


main()
