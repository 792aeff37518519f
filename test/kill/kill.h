/* kill.h - stories of two processes, one of which is killed at every point of them. */
#ifndef TEST_KILL_H
#define TEST_KILL_H

/* What lies between a victim's two marks: nothing, there are none; or where it dies, at each of them. */
enum kill_marks { NONE, CALLS, INSTRUCTIONS };

/* Everything happens anew for each kill. */
struct kill_story {
	const char *name;
	void (*prepare)(void); /* in the survivor, before there is a victim */
	void (*victim)(void); /* what is killed somewhere in its middle, or gets through */
	void (*survive)(void); /* in the survivor: what must hold; takes back what @prepare made */
	enum kill_marks marks;
};

/* In a victim: the beginning, and then the end, of what is critical in a story. */
void
kill_mark(void);

/* Lists of stories; each ends with one that has no name, and all with NULL. */
extern const struct kill_story *const kill_stories[];

#endif /* TEST_KILL_H */
