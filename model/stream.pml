/*
 * stream.pml - the protocol of streams (src/stream-private.h) for the model checker spin, with memory that
 * reorders; not its messages, nor what garbage on a card or a board does. docs/stream-model.md explains.
 *
 * The scope is chosen with -D: LATEST and EVERY subscribers, BUFFERS, FRAMES, RING records; DROP: laggards
 * are dropped; KILL: any party may be killed; LOOKS: the publisher recycles while it has free buffers, too.
 * What breaks the protocol on purpose stands in #ifdefs with names in capitals; `run` lists them.
 */

#ifndef LATEST
#define LATEST 1
#endif
#ifndef EVERY
#define EVERY 1
#endif
#ifndef BUFFERS
#define BUFFERS 3
#endif
#ifndef FRAMES
#define FRAMES 4
#endif
#ifndef RING
#ifdef RING_TOO_SMALL
#define RING 2
#else
#define RING 4
#endif
#endif
#ifndef DEPTH
#define DEPTH 4 /* of a store buffer; must be 4 at most */
#endif
#ifndef SLEEPS
#define SLEEPS 3 /* bit 0: subscribers sleep on the futex; bit 1: on the socket */
#endif

/* Parties: subscribers from 0 on, those of the mode latest first; then the publisher. */
#define SUBSCRIBERS (LATEST + EVERY)
#define PUBLISHER SUBSCRIBERS
#define PARTIES (SUBSCRIBERS + 1)
#define IS_EVERY(card) ((card) >= LATEST)

/* Memory: the board, then the cards. Each location holds a byte. */
#define head 0
#define publisher_waits 1
#define record(sequence) (2 + (sequence) % RING) /* its index + 1; 0: never written */
#define waiting(card) (2 + RING + 4 * (card))
#define held(card) (3 + RING + 4 * (card)) /* an index + 1; 0: none */
#define cursor(card) (4 + RING + 4 * (card))
#define floor(card) (5 + RING + 4 * (card))
#define LOCATIONS (2 + RING + 4 * SUBSCRIBERS)

#define AWAKE 0
#define WAITS_ON_FUTEX 1
#define WAITS_ON_SOCKET 2

byte memory[LOCATIONS];

/*
 * Stores that were made and are not seen by others yet, in the order of the program. They become seen in
 * any order, but for those to one location; a release store after all before it.
 */
#define RELEASE 128

typedef stores {
	byte count;
	byte location[DEPTH];
	byte value[DEPTH];
}
stores buffer[PARTIES];

#define load(l) memory[l]
#define store(p, l, v) \
	d_step { \
		buffer[p].count < DEPTH -> \
		buffer[p].location[buffer[p].count] = l; \
		buffer[p].value[buffer[p].count] = v; \
		buffer[p].count++ \
	}
#define store_release(p, l, v) store(p, (l) | RELEASE, v)
#define FENCE(p) (buffer[p].count == 0)

/* What is known to the kernel. */
bool alive[PARTIES];
bool asleep[SUBSCRIBERS]; /* in the futex of waiting */
bool message[SUBSCRIBERS]; /* STREAM_WAKE is in the subscriber's socket */
bool told;                 /* STREAM_WAKE, or the end of a socket, is on its way to the publisher */
bool hung_up[SUBSCRIBERS]; /* the subscriber's thread has seen the publisher go */

/* What is known to the publisher alone. */
bool gone[SUBSCRIBERS];     /* its death was noticed: its card does not count */
byte own_floor[SUBSCRIBERS];
byte own_head;
byte frame_of[BUFFERS];     /* the last sequence that was published in a buffer */
byte free = (1 << BUFFERS) - 1; /* found free and not used yet */

/* What is known to nobody: for the assertions. */
#define NOTHING 255
byte hold[SUBSCRIBERS];     /* the buffer of which it has a validated hold */
byte contents[BUFFERS];     /* the sequence whose pixels are drawn into it */
byte victims;               /* who may be killed */

#if SUBSCRIBERS == 1
#define NOBODY_HOLDS(b) (hold[0] != b)
#else
#define NOBODY_HOLDS(b) (hold[0] != b && hold[1] != b)
#endif

#define MAX(a, b) ((a) > (b) -> (a) : (b))

/*
 * Below, an atomic is one access to what others see. The fence before it and the stores after it are in the
 * same step, for nobody sees when a fence is passed, nor when a store enters its party's own buffer.
 */

/* The subscribers: last is the last frame that it got, or that counts as read; got: a frame is held. */

inline acquire_latest(me)
{
	do
	:: atomic {
		s = load(head);
		if
		:: s == last -> s = 0; break
		:: else
		fi
	   };
	   atomic {
		r = load(record(s));
		store(me, held(me), r)
	   };
	   atomic {
#ifndef NO_FENCE_ACQUIRE
		FENCE(me);
#endif
		if
#ifdef NO_RECHECK
		:: true ->
#else
		:: load(head) == s ->
#endif
			hold[me] = r - 1;
			assert(r > 0 && contents[r - 1] == s && s > last);
			last = s; s = 0; r = 0;
			got = true;
			break
		:: else -> s = 0; r = 0
		fi
	   }
	od
}

/* The message stays in the socket until the publisher, or its service, takes it. */
inline tell_publisher()
{
	if
	:: load(publisher_waits) -> told = true
	:: else
	fi
}

inline acquire_every(me)
{
	do
	:: atomic {
		if
		:: load(head) <= last -> break
		:: else
		fi
	   };
	   atomic {
		r = load(record(last + 1));
#ifdef CURSOR_BEFORE_HELD
		store_release(me, cursor(me), last + 1);
#endif
		store(me, held(me), r);
#ifndef CURSOR_BEFORE_HELD
		store_release(me, cursor(me), last + 1)
#endif
	   };
	   atomic {
#ifndef NO_FENCE_ACQUIRE
		FENCE(me);
#endif
		s = load(floor(me));
		tell_publisher();
		if
#ifdef NO_FLOOR_CHECK
		:: true ->
#else
		:: s <= last ->
#endif
			hold[me] = r - 1;
			last++;
			assert(r > 0 && contents[r - 1] == last);
			assert(last - 1 <= MAX(seen, own_floor[me])); /* what it missed was dropped */
			seen = last;
			got = true;
			s = 0; r = 0;
			break
		:: else ->
			last = s;
			store(me, held(me), 0);
			store(me, cursor(me), last);
			s = 0; r = 0
		fi
	   }
	od
}

inline release(me)
{
	atomic {
		got ->
		got = false;
		hold[me] = NOTHING;
		store_release(me, held(me), 0)
	};
	atomic {
#ifndef NO_FENCE_RELEASE
		FENCE(me);
#endif
		tell_publisher();
		if
		:: last == FRAMES -> break
		:: else
		fi
	}
}

/*
 * There are no time slices here. The kernel's FUTEX_WAIT does what is in one step: a barrier, the
 * comparison and the queueing.
 */
inline sleep(me)
{
	atomic {
		!got && alive[PUBLISHER] ->
		if
		:: (SLEEPS & 1) -> kind = WAITS_ON_FUTEX
		:: (SLEEPS & 2) -> kind = WAITS_ON_SOCKET
		fi;
		store(me, waiting(me), kind)
	};
#ifndef NO_WAITING_RECHECK
	atomic {
#ifndef NO_FENCE_SLEEP
		FENCE(me);
#endif
		if
#ifdef NO_HUNG_UP_CHECK
		:: load(head) == last
#else
		:: load(head) == last && !(kind == WAITS_ON_FUTEX && hung_up[me])
#endif
		:: else ->
			kind = 0;
			store(me, waiting(me), AWAKE);
			goto again
		fi
	};
#endif
	if
	:: atomic {
		kind == WAITS_ON_FUTEX && FENCE(me) ->
#ifdef SLEEP_ON_HEAD
		asleep[me] = (load(head) == last)
#else
		asleep[me] = (load(waiting(me)) == WAITS_ON_FUTEX)
#endif
	   };
	   !asleep[me]
	:: kind == WAITS_ON_SOCKET && (message[me] || !alive[PUBLISHER])
	fi;
	atomic {
		asleep[me] = false;
		if
		:: kind == WAITS_ON_SOCKET -> message[me] = false
		:: else
		fi;
		kind = 0;
		if
		:: load(waiting(me)) != AWAKE -> store(me, waiting(me), AWAKE)
		:: else
		fi
	}
}

/* For there to be fewer states, what nobody will read any more is cleared everywhere. */
#define FORGET \
	atomic { s = 0; r = 0; kind = 0; last = 0; got = false; asleep[me] = false; message[me] = false }

#ifdef KILL
#define UNLESS_KILLED(party) unless { !alive[party] }
#else
#define UNLESS_KILLED(party)
#endif

/* Is done with the last frame, or stops for ever, holding one. */
proctype latest(byte me)
{
	byte s, r, kind, last;
	bool got;

	{
again:
		do
		:: acquire_latest(me);
			if
			:: release(me)
			:: got -> break
			:: sleep(me)
			:: !got && !alive[PUBLISHER] -> break
			fi
		od
	} UNLESS_KILLED(me);
	FORGET
}

/* Is done with the last frame. */
proctype every(byte me)
{
	byte s, r, kind, last, seen;
	bool got;

	{
again:
		do
		:: acquire_every(me);
			if
			:: release(me)
			:: sleep(me)
			:: !got && !alive[PUBLISHER] -> break
			fi
		od
	} UNLESS_KILLED(me);
	seen = 0;
	FORGET
}

/* The publisher */

#define MARK_HELD(i) \
	if \
	:: load(held(i)) > 0 -> busy = busy | (1 << (load(held(i)) - 1)) \
	:: else \
	fi

#define MARK_NEWER_THAN(sequence) \
	d_step { \
		b = 0; \
		do \
		:: b == BUFFERS -> break \
		:: b < BUFFERS && frame_of[b] > (sequence) -> busy = busy | (1 << b); b++ \
		:: b < BUFFERS && frame_of[b] <= (sequence) -> b++ \
		od; \
		b = 0 \
	}

#ifdef NO_FENCE_WAIT
#define WAIT_FENCE true
#else
#define WAIT_FENCE (!waits || FENCE(PUBLISHER))
#endif

inline look_at_latest(i)
{
	atomic {
		WAIT_FENCE ->
		MARK_HELD(i)
	}
}

/* Laggards are dropped at any time, as far as the frame before the head. */
inline drop(i)
{
	if
	:: c + 1 < own_head ->
		c++;
		own_floor[i] = c;
		store(PUBLISHER, floor(i), c);
		dropped = true
	:: true
	fi
}

inline look_at_every(i)
{
#ifdef HELD_BEFORE_CURSOR_READ
	atomic { MARK_HELD(i) };
#endif
	atomic {
		WAIT_FENCE ->
		c = (gone[i] -> own_head : MAX(load(cursor(i)), own_floor[i]));
#ifdef DROP
		drop(i);
#endif
		MARK_NEWER_THAN(c);
		c = 0
	};
#ifndef HELD_BEFORE_CURSOR_READ
	atomic {
#ifndef NO_FENCE_DROP
		(!dropped || FENCE(PUBLISHER)) ->
#endif
		dropped = false;
		MARK_HELD(i)
	}
#endif
}

/* Who waits tries again, and then drops laggards as it did before; here it may also leave that for later. */
#ifdef DROP
#define CAN_DROP(i) (!gone[i] && IS_EVERY(i) && MAX(load(cursor(i)), own_floor[i]) + 1 < own_head)
#else
#define CAN_DROP(i) false
#endif
#if SUBSCRIBERS == 1
#define SOME_DROPS CAN_DROP(0)
#else
#define SOME_DROPS (CAN_DROP(0) || CAN_DROP(1))
#endif

/* Before the first frame all are free. */
#ifdef LOOKS
#define MAY_RECYCLE (own_head > 0)
#else
#define MAY_RECYCLE (!free)
#endif

inline recycle()
{
	atomic {
		own_head < FRAMES && MAY_RECYCLE ->
		MARK_NEWER_THAN(own_head - 1) /* the head's */
	};
#if LATEST > 0
	look_at_latest(0);
#else
	look_at_every(0);
#endif
#if LATEST > 1
	look_at_latest(1);
#elif SUBSCRIBERS > 1
	look_at_every(1);
#endif
	atomic {
		free = free | (((1 << BUFFERS) - 1) & ~busy);
		busy = 0;
		if
		:: free && waits -> waits = false; store(PUBLISHER, publisher_waits, 0)
		:: free && !waits
		:: !free && !waits ->
			assert(EVERY > 0); /* for the mode latest alone it never waits */
			waits = true;
			told = false; /* what comes from here on is a change */
			store(PUBLISHER, publisher_waits, 1)
#ifndef NO_WAIT_RECHECK
		:: !free && waits -> sleeps = true
#endif
		fi
	};
	if
#ifdef NO_WAIT_RECHECK
	:: atomic { waits && (told || SOME_DROPS) -> told = false }
	:: !waits
#else
	:: atomic { sleeps && (told || SOME_DROPS) -> told = false; sleeps = false }
	:: !sleeps
#endif
	fi
}

inline wake(i)
{
	do
	:: atomic {
#ifdef NO_FENCE_PUBLISH
		c == 0 ->
#else
		c == 0 && FENCE(PUBLISHER) ->
#endif
		if
		:: gone[i] || load(waiting(i)) == AWAKE -> break
		:: else -> c = load(waiting(i))
		fi;
#ifndef AWAKE_AFTER_WAKE
#ifdef KEEP_WAITING
		if
		:: c == WAITS_ON_SOCKET -> memory[waiting(i)] = AWAKE
		:: else
		fi
#else
		memory[waiting(i)] = AWAKE /* the load and this are one exchange */
#endif
#endif
	   }
	:: atomic {
		c == WAITS_ON_SOCKET -> message[i] = true;
#ifndef AWAKE_AFTER_WAKE
		c = 0; break
#else
		c = NOTHING
#endif
	   }
	:: atomic {
		c == WAITS_ON_FUTEX && FENCE(PUBLISHER) -> /* FUTEX_WAKE is a barrier */
		asleep[i] = false;
#if defined(SLEEP_ON_HEAD) && SUBSCRIBERS > 1
		asleep[1 - i] = false;
#endif
#ifndef AWAKE_AFTER_WAKE
		c = 0; break
#else
		c = NOTHING
#endif
	   }
#ifdef AWAKE_AFTER_WAKE
	:: atomic { c == NOTHING -> memory[waiting(i)] = AWAKE; c = 0; break }
#endif
	od
}

/*
 * Draws into what was found free, now or at some time before, and publishes it. A subscriber that gets a
 * hold too late is caught by what the buffer shows then.
 */
inline publish()
{
	atomic {
		own_head < FRAMES && free ->
		if
		:: free & 1 -> b = 0
		:: free & 2 -> b = 1
		:: free & 4 -> b = 2
		:: free & 8 -> b = 3
		fi;
		free = free & ~(1 << b);
		assert(NOBODY_HOLDS(b));
		own_head++;
		contents[b] = own_head;
		frame_of[b] = own_head;
		store(PUBLISHER, record(own_head), b + 1);
#ifdef NO_RELEASE_HEAD
		store(PUBLISHER, head, own_head);
#else
		store_release(PUBLISHER, head, own_head);
#endif
		b = 0
	};
	wake(0);
#if SUBSCRIBERS > 1
	wake(1)
#endif
}

proctype publisher()
{
	byte b, c, busy;
	bool waits, sleeps, dropped;

	{
		do
		:: recycle()
		:: publish()
		:: own_head == FRAMES -> break
		od
	} UNLESS_KILLED(PUBLISHER);
	atomic {
		busy = 0; c = 0; free = 0; waits = false; sleeps = false; dropped = false; told = false;
		b = 0;
		do
		:: b == BUFFERS -> break
		:: else -> frame_of[b] = 0; b++
		od;
		b = 0
	}
}

/* The world: stores become seen, parties are killed, the publisher's service notices. */

#define L(p, i) buffer[p].location[i]
#define SAME(p, i, j) ((L(p, i) & ~RELEASE) == (L(p, j) & ~RELEASE))
#define MAY_PASS(p, i) (buffer[p].count > i && L(p, i) < RELEASE)

inline drain(p, i)
{
	memory[L(p, i) & ~RELEASE] = buffer[p].value[i];
	k = i;
	buffer[p].count--;
	do
	:: k == buffer[p].count -> break
	:: else ->
		L(p, k) = L(p, k + 1);
		buffer[p].value[k] = buffer[p].value[k + 1];
		k++
	od;
	L(p, k) = 0;
	buffer[p].value[k] = 0;
	k = 0
}

#define DRAINS(p) \
	:: d_step { buffer[p].count > 0 -> drain(p, 0) } \
	DRAINS_LATER(p)
#ifdef TSO
#define DRAINS_LATER(p)
#else
#define DRAINS_LATER(p) \
	:: d_step { MAY_PASS(p, 1) && !SAME(p, 0, 1) -> drain(p, 1) } \
	:: d_step { MAY_PASS(p, 2) && !SAME(p, 0, 2) && !SAME(p, 1, 2) -> drain(p, 2) } \
	:: d_step { MAY_PASS(p, 3) && !SAME(p, 0, 3) && !SAME(p, 1, 3) && !SAME(p, 2, 3) -> drain(p, 3) }
#endif

#define NOTICES(i) \
	:: d_step { \
		!alive[i] && !gone[i] && alive[PUBLISHER] && FENCE(i) -> \
		gone[i] = true; \
		memory[waiting(i)] = 0; \
		memory[held(i)] = 0; \
		memory[cursor(i)] = 0; \
		memory[floor(i)] = 0; \
		told = true \
	}

/* The subscriber's thread: an exchange of waiting, and the wake. */
#define HANGS_UP(i) \
	:: d_step { \
		!alive[PUBLISHER] && !hung_up[i] -> \
		hung_up[i] = true; \
		memory[waiting(i)] = AWAKE; \
		asleep[i] = false \
	}

proctype world()
{
	byte k;
end:
	do
	DRAINS(0)
	NOTICES(0)
	HANGS_UP(0)
#if SUBSCRIBERS > 1
	DRAINS(1)
	NOTICES(1)
	HANGS_UP(1)
#endif
	DRAINS(PUBLISHER)
#ifdef KILL
	:: d_step { (victims & 1) && alive[0] -> alive[0] = false; hold[0] = NOTHING }
	:: d_step { (victims & 2) && alive[1] -> alive[1] = false;
#if SUBSCRIBERS > 1
		hold[1] = NOTHING
#endif
	}
#if SUBSCRIBERS > 1
	:: d_step { (victims & 4) && alive[2] -> alive[2] = false }
#endif
#endif
	od
}

init
{
	atomic {
		byte i;

		for (i : 0 .. SUBSCRIBERS) {
			alive[i] = true
		}
		for (i : 0 .. SUBSCRIBERS - 1) {
			hold[i] = NOTHING
		}
		i = 0;
#ifdef KILL
		/* One of them or none: with none, a deadlock is seen that a kill would have ended. */
		if
		:: victims = 0
		:: victims = 1
		:: victims = 2
#if SUBSCRIBERS > 1
		:: victims = 4
#endif
		fi;
#endif
		run world();
		run publisher();
		for (i : 0 .. SUBSCRIBERS - 1) {
			if
			:: IS_EVERY(i) -> run every(i)
			:: else -> run latest(i)
			fi
		}
	}
}
