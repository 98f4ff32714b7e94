package rdapstage

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"vacant"
)

// remembered is what outlives a process of a lane.
type remembered struct {
	Free    time.Time `json:"free,omitzero"`
	Shape   *shape    `json:"shape,omitempty"` // of a WHOIS server's no
	Empty   bool      `json:"empty,omitempty"`
	Watched time.Time `json:"watched,omitzero"`
	Bad     time.Time `json:"bad,omitzero"` // quarantined until then
	Control time.Time `json:"control,omitzero"`
	// Name is what the last good control was about.
	Name vacant.Name `json:"name,omitempty"`
	// Templates are a WHOIS server's learned "not found".
	Templates templates `json:"templates,omitzero"`
}

// rememberedPool is what outlives a process of a host.
type rememberedPool struct {
	Watched time.Time `json:"watched,omitzero"`
	Bad     time.Time `json:"bad,omitzero"`
}

func (l *lane) key(s *Stage) string {
	return s.key("control/" + string(l.kind) + "/" + l.base + "/" + l.suffix)
}

// rememberLocked notes the lane's state to be written away from the lock.
func (s *Stage) rememberLocked(l *lane) {
	// A first shape that no control has vouched for yet is kept, too: it can only make a no count for less.
	m := remembered{Free: l.free.at, Shape: cmp.Or(l.free.sure.shape, l.free.shape), Empty: l.free.sure.empty, Watched: l.watched, Bad: l.bad, Templates: l.templates}
	if l.good != nil {
		m.Control, m.Name = l.good.at, l.good.name()
	}
	s.memos[l.key(s)] = m
	s.nudge()
}

// rememberPoolLocked does so with the host's.
func (s *Stage) rememberPoolLocked(p *pool) {
	s.memos[p.key] = rememberedPool{p.watched, p.bad}
	s.nudge()
}

// recall loads what is remembered of a lane and of its host.
func (s *Stage) recall(l *lane) {
	now := s.now()
	l.pool = s.newPool(&l.endpoint)
	var p rememberedPool
	s.load(l.pool.key, &p)
	l.pool.watched, l.pool.bad = lately(p.Watched, now), within(p.Bad, now, l.timing.Quarantine)
	var m remembered
	s.load(l.key(s), &m)
	l.free.shape = m.Shape
	unshaped := l.kind == vacant.KindWHOIS && m.Shape == nil && m.Templates.Known.Text == ""
	if age := now.Sub(m.Free); age >= 0 && age < s.cfg.Timing.FreeControl && !unshaped {
		l.free.at, l.free.empty = now.Add(-age), m.Empty
	}
	l.free.sure = l.free.taught
	l.watched, l.bad = lately(m.Watched, now), within(m.Bad, now, l.timing.Quarantine)
	l.lastControl, l.lastName, l.templates = m.Control, m.Name, m.Templates
}

// load fills v with what is remembered under key; what cannot be read is as if
// nothing were.
func (s *Stage) load(key string, v any) {
	data, err := s.cfg.Memory.Recall(key)
	s.warn(err, "recall a calibration", key)
	if len(data) == 0 {
		return
	}
	if err := json.Unmarshal(data, v); err != nil {
		s.warn(err, "read a calibration", key)
	}
}

// lately returns when something failed, zero if that is long ago. A failure in
// the future is one that a clock set back since then has seen. Like now, what is
// returned has a reading of the monotonic clock: a clock that is set while the
// run goes on must not end the watch.
func lately(failed, now time.Time) time.Time {
	switch {
	case failed.IsZero() || now.Sub(failed) >= watchFor:
		return time.Time{}
	case failed.After(now):
		return now
	}
	return now.Add(-now.Sub(failed))
}

// within returns the end of a quarantine, which is at most that long from now,
// zero if it is over; likewise by the monotonic clock.
func within(end, now time.Time, most time.Duration) time.Time {
	if !end.After(now) {
		return time.Time{}
	}
	return now.Add(min(end.Sub(now), most))
}

// name returns what a control was about.
func (m *mark) name() vacant.Name {
	return vacant.Name(m.ev.Asked[strings.LastIndexByte(m.ev.Asked, '/')+1:])
}
