package budget

import "time"

// machine is a clock that runs on while the machine sleeps and never jumps, until
// it is started anew.
type machine struct {
	boot [16]byte                              // which start of the machine; zero = there is no such clock
	read func() (since time.Duration, ok bool) // since then
}

// since is the machine's clock in ns; false where it has none.
func (m *machine) since() (int64, bool) {
	if m.boot == ([16]byte{}) || m.read == nil {
		return 0, false
	}
	d, ok := m.read()
	return int64(d), ok
}

// timeline is what the file's clock is made of, kept in the file. All processes
// between two starts of the machine agree on it, whatever is done to the wall clock meanwhile.
type timeline struct {
	boot   [16]byte
	offset int64 // the file's clock less the machine's, in ns
}

// now returns the file's clock. Without a clock of the machine it is the wall's;
// else the wall clock is asked once after each start, and not believed if it
// lies before latest, the last time that the file knows. changed says that
// the timeline is to be written down.
func (l *timeline) now(m *machine, wall int64, latest func() int64) (now int64, changed bool) {
	since, ok := m.since()
	if !ok {
		return wall, false
	}
	if l.boot != m.boot {
		l.boot, l.offset, changed = m.boot, max(wall, latest())-since, true
	}
	return l.offset + since, changed
}
