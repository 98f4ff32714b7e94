package rdapstage

import "vacant/rdapstage/ask"

func (s *Stage) newAsker() (*ask.Asker, error) {
	c := &s.cfg
	return ask.New(ask.Config{Lookup: c.Lookup, Proxy: c.Proxy, Roots: c.Roots, UserAgent: ask.UserAgent(c.Version, c.Contact), Now: c.Now})
}

// askerLocked returns the asker of the n-th line: each keeps connections of its
// own, one to a host, so that whoever asks over a line asks over its connection.
func (s *Stage) askerLocked(n int) *ask.Asker {
	for len(s.askers) <= n {
		another, err := s.newAsker()
		if err != nil { // which the first had not
			another = s.asker
		}
		s.askers = append(s.askers, another)
	}
	return s.askers[n]
}

// idle ends the connections that nobody uses.
func (s *Stage) idle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.askers {
		a.Idle()
	}
}
