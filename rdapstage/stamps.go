package rdapstage

import "slices"

// stamps are events, the latest first.
type stamps []int64

// maxStamps bounds them: nobody needs more controls than that.
const maxStamps = 256

func (s *stamps) add(event int64) {
	*s = slices.Insert(*s, s.after(event), event)
	*s = (*s)[:min(len(*s), maxStamps)]
}

// after returns how many are later than event.
func (s stamps) after(event int64) int {
	n, _ := slices.BinarySearchFunc(s, event, func(have, want int64) int { return int(want - have) })
	return n
}

// nth returns the n-th latest, 0 if there are not so many.
func (s stamps) nth(n int) int64 {
	if n < 1 || n > len(s) {
		return 0
	}
	return s[n-1]
}
