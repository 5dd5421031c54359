/* Times as the log and the protocol have them: RFC 3339, UTC. */
#ifndef TIME_TEXT_H
#define TIME_TEXT_H

#include <stdio.h>
#include <time.h>

/* Room for one. */
#define TIME_TEXT 40

/* digits: of the second's part, 1 to 9. */
static inline void
time_text(char text[TIME_TEXT], const struct timespec *time, int digits)
{
	char part[12];
	struct tm utc;
	size_t length;

	gmtime_r(&time->tv_sec, &utc);
	length = strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(part, sizeof(part), "%09ld", time->tv_nsec);
	snprintf(text + length, TIME_TEXT - length, ".%.*sZ", digits, part);
}

#endif
