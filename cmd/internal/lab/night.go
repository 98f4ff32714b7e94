package lab

import "time"

// A world changes from night to night. What is true of a name in a night is, as
// all of it, a pure function: no night has to be lived through to know the next.
//
// A name's time is cut into eras of eraNights. Each name has its own phase, so
// that every night one name in eraNights begins a new era, and with each era it is
// drawn anew whether somebody holds the name. So of all names a share of
// density x (1 - density) / eraNights drops in a night, and as many are newly
// registered: 28 in 10,000 in the world of "hunt --lab".
//
// Of the names that will be dropped, three in four first pass through redemption
// and pending-delete, in the last nights of their era; the others are there one
// night and gone the next. The names that are in redemption or pending delete in
// night 0 drop within the first nights. What is reserved stays as it is, and so
// do labels that are no matter of chance.
const (
	eraNights        = 32
	redemptionNights = 3 // 30 days in the world outside
	pendingNights    = 2 // 5 days there
	shareDirect      = 0.25
)

// MaxNight is the last night that a world has: ten years of them.
const MaxNight = 3650

// Salts of the draws about a name's eras.
const (
	saltPhase uint64 = iota + 300
	saltDirect
	saltDecline
	saltEra // the last: the era's number is added to it
)

// dayZero is the date of night 0.
var dayZero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// later returns the state in a night after night 0 of the name with hash h.
func (w *World) later(h uint64, night int, r *registry) state {
	if reserved, _ := r.shares(); draw(h, saltWithheld) < reserved*w.danger {
		return w.first(h, r)
	}
	era, left := eraOf(h, night)
	if !w.held(h, era) {
		return w.unregistered(h, r)
	}
	st := w.registered(hashIn(h, era))
	st.era = era
	switch {
	case era == 0 && st.ending():
		return w.end(st, h, endsIn(h, st)-night, r)
	case st.ending():
		st.life, st.dns = lifeActive, dnsDelegated // in later eras names get there by declining
	}
	if w.declines(h, era, night, left) {
		return w.end(st, h, left, r)
	}
	return st
}

// eraOf returns in which era of its own a name is, and how many nights are left
// of it, tonight among them.
func eraOf(h uint64, night int) (era, left int) {
	at := night + phase(h)
	return at / eraNights, eraNights - at%eraNights
}

func phase(h uint64) int { return int(draw(h, saltPhase) * eraNights) }

// hashIn returns the hash that decides the details of an era.
func hashIn(h uint64, era int) uint64 {
	if era == 0 {
		return h
	}
	return mix(h ^ mix(saltEra+uint64(era)))
}

// held reports whether a name is registered at the beginning of an era.
func (w *World) held(h uint64, era int) bool {
	return draw(hashIn(h, era), saltRegistered) < w.density
}

// kept reports whether a name is registered at the beginning of an era and at its end.
func (w *World) kept(h uint64, era int) bool {
	return w.held(h, era) && (era > 0 || !w.registered(h).ending())
}

// declines reports whether a registered name is on its way out tonight. One that
// would have had to begin before night 1 drops directly: night 0 is what it is.
func (w *World) declines(h uint64, era, night, left int) bool {
	const nights = redemptionNights + pendingNights
	return left <= nights && night+left-nights >= 1 &&
		draw(hashIn(h, era), saltDirect) >= shareDirect && !w.held(h, era+1)
}

// ending reports whether a registered name is about to be deleted.
func (st state) ending() bool {
	return st.life == lifeRedemption || st.life == lifePendingDelete
}

// endsIn returns the night in which a name drops that is ending in night 0.
func endsIn(h uint64, st state) int {
	if st.life == lifePendingDelete {
		return 1 + int(draw(h, saltDecline)*pendingNights)
	}
	return 1 + pendingNights + int(draw(h, saltDecline)*redemptionNights)
}

// end returns st as it is so many nights before the name drops.
func (w *World) end(st state, h uint64, left int, r *registry) state {
	st.dns = dnsAbsent
	switch {
	case left <= 0:
		return w.unregistered(h, r)
	case left <= pendingNights:
		st.life = lifePendingDelete
	default:
		st.life = lifeRedemption
	}
	return st
}

// since returns the night in which the registration began that holds a name in
// an era, and false where that was before night 0.
func (w *World) since(h uint64, era int) (night int, ok bool) {
	for era > 0 && w.kept(h, era-1) {
		era--
	}
	return era*eraNights - phase(h), era > 0
}

// date returns the day of a night.
func date(night int) time.Time { return dayZero.AddDate(0, 0, night) }
