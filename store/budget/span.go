package budget

import "slices"

// grain is how finely a span is kept: in so many parts of its length. A question
// counts until all of its part has left, so that half a part's worth of the limit is
// lost on average, and none is ever given away.
const grain = 200

// span counts the questions that arrived, or may have, by part of the last
// length nanoseconds and of the little that is ahead.
type span struct {
	length int64    // ns
	first  int64    // number of the part that parts[0] is, counted from the epoch
	parts  []uint32 // what arrived in each
	sum    int      // of parts
}

func (s *span) width() int64 { return max(s.length/grain, 1) }

// until is when part number i no longer counts.
func (s *span) until(i int64) int64 { return (i+1)*s.width() + s.length }

// trim forgets what is too long ago to count at now, and brings what a clock
// put further ahead than that back to now, where it still counts and ends.
func (s *span) trim(now, ahead int64) {
	last := (now + ahead) / s.width()
	stray := 0
	for n := len(s.parts); n > 0 && s.first+int64(n)-1 > last; n-- {
		stray += int(s.parts[n-1])
		s.parts = s.parts[:n-1]
	}
	gone := 0
	for gone < len(s.parts) && (s.parts[gone] == 0 || s.until(s.first+int64(gone)) <= now) {
		s.sum -= int(s.parts[gone])
		gone++
	}
	s.parts = s.parts[gone:]
	s.first += int64(gone)
	s.sum -= stray
	s.add(now, stray)
}

// add counts n questions that arrived at.
func (s *span) add(at int64, n int) {
	if n <= 0 {
		return
	}
	i := at / s.width()
	switch {
	case len(s.parts) == 0:
		s.first, s.parts = i, []uint32{0}
	case i < s.first:
		s.parts = slices.Concat(make([]uint32, s.first-i), s.parts)
		s.first = i
	}
	for s.first+int64(len(s.parts)) <= i {
		s.parts = append(s.parts, 0)
	}
	s.parts[i-s.first] += uint32(n)
	s.sum += n
}

// take counts up to n questions less that were said to arrive at, and returns how many.
func (s *span) take(at int64, n int) int {
	i := at/s.width() - s.first
	if i < 0 || i >= int64(len(s.parts)) {
		return 0
	}
	n = min(n, int(s.parts[i]))
	s.parts[i] -= uint32(n)
	s.sum -= n
	return n
}

// frees returns when no more than most questions count.
func (s *span) frees(most int) (at int64) {
	left := s.sum
	for i := 0; left > most && i < len(s.parts); i++ {
		left -= int(s.parts[i])
		at = s.until(s.first + int64(i))
	}
	return at
}

// copyFrom counts in s what another span knows, never earlier than it was.
// Nothing that o knows of is later than latest.
func (s *span) copyFrom(o *span, now, latest int64) {
	for i, n := range o.parts {
		at := min((o.first+int64(i)+1)*o.width()-1, latest)
		if s.until(at/s.width()) > now {
			s.add(at, int(n))
		}
	}
}
