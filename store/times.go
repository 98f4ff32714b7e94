package store

import "time"

// How a time stands in a record: a uvarint whose low two bits say how, and
// whose others are a number, signed ones in zigzag form.
const (
	timeSeconds = iota // seconds from the base, UTC
	timeNanos          // nanoseconds from the base, UTC
	timeFull           // followed by: seconds from the base, nanoseconds, seconds east of UTC
	timeNone           // the zero time
)

// maxNear bounds a distance that is written in one number.
const maxNear = 1 << 60

// epoch is the base of the first time of a record.
var epoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func zigzag(n int64) uint64   { return uint64(n<<1) ^ uint64(n>>63) }
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

// time writes t so that it comes back as it was, to the nanosecond and with its
// distance from UTC. What a clock measured beside it (a monotonic reading) is
// not kept.
func (p *packer) time(t time.Time) {
	if t.IsZero() {
		p.uvarint(timeNone)
		return
	}
	_, east := t.Zone()
	seconds, apart := zigzag(t.Unix()-p.base.Unix()), zigzag(int64(t.Sub(p.base)))
	switch {
	case east == 0 && t.Nanosecond() == 0 && seconds < maxNear:
		p.uvarint(seconds << 2) // timeSeconds is 0
	case east == 0 && apart < maxNear:
		p.uvarint(apart<<2 | timeNanos)
	default:
		p.uvarint(timeFull)
		p.uvarint(seconds)
		p.uvarint(uint64(t.Nanosecond()))
		p.uvarint(zigzag(int64(east)))
	}
}

func (u *unpacker) time() time.Time {
	tag := u.uvarint()
	n := unzigzag(tag >> 2)
	switch tag & 3 {
	case timeSeconds:
		if u.bad {
			return time.Time{}
		}
		return time.Unix(u.base.Unix()+n, 0).UTC()
	case timeNanos:
		return u.base.Add(time.Duration(n)).UTC()
	case timeFull:
		return u.fullTime()
	}
	return time.Time{}
}

func (u *unpacker) fullTime() time.Time {
	seconds, nanos, east := unzigzag(u.uvarint()), u.uvarint(), unzigzag(u.uvarint())
	if nanos >= uint64(time.Second) || east <= -86400*2 || east >= 86400*2 {
		u.fail()
	}
	if u.bad {
		return time.Time{}
	}
	t := time.Unix(u.base.Unix()+seconds, int64(nanos))
	if east == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", int(east)))
}
