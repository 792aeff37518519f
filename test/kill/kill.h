/* kill.h - stories of two processes, one of which is killed at every point of them. */
#ifndef TEST_KILL_H
#define TEST_KILL_H

/* Everything happens anew for each kill. */
struct kill_story {
	const char *name;
	void (*prepare)(void); /* in the survivor, before there is a victim */
	void (*victim)(void); /* what is killed somewhere in its middle, or gets through */
	void (*survive)(void); /* in the survivor: what must hold; takes back what @prepare made */
};

extern const struct kill_story kill_stories[];
extern const unsigned kill_story_count;

#endif /* TEST_KILL_H */
