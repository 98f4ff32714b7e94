package rdapstage

import (
	"encoding/json"
	"time"
)

// remembered is what outlives a process of a lane.
type remembered struct {
	Free    time.Time `json:"free,omitzero"`
	Empty   bool      `json:"empty,omitempty"`
	Watched time.Time `json:"watched,omitzero"`
	Control time.Time `json:"control,omitzero"`
	// Template is a WHOIS server's learned "not found".
	Template template `json:"template,omitzero"`
}

func (l *lane) key(s *Stage) string {
	return s.key("control/" + string(l.kind) + "/" + l.base + "/" + l.suffix)
}

// rememberLocked notes the lane's state to be written away from the lock.
func (s *Stage) rememberLocked(l *lane) {
	m := remembered{Free: l.free.at, Empty: l.free.empty, Watched: l.watched, Template: l.template}
	if l.good != nil {
		m.Control = l.good.at
	}
	s.memos[l.key(s)] = m
	s.nudge()
}

// recall loads what is remembered of a lane.
func (s *Stage) recall(l *lane) {
	data, err := s.cfg.Memory.Recall(l.key(s))
	s.warn(err, "recall a calibration", l.suffix)
	var m remembered
	if len(data) == 0 || json.Unmarshal(data, &m) != nil {
		return
	}
	now := s.now()
	if age := now.Sub(m.Free); age >= 0 && age < s.cfg.Timing.FreeControl {
		l.free.at, l.free.empty = m.Free, m.Empty
	}
	l.watched, l.lastControl, l.template = m.Watched, m.Control, m.Template
	if now.Sub(l.watched) >= watchFor {
		l.watched = time.Time{}
	}
}
