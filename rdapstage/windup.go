package rdapstage

// WindUp makes a running Run come to its end: nothing more is taken in, names
// that have not been asked about, or are to be asked about again, get no result
// (they still wait in the store), and what has been answered is closed by its
// control. A registry is then asked at most what is on its way and one control a
// suffix. Without a Run it does nothing.
func (s *Stage) WindUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.winding, s.closing = true, true
	for _, o := range s.operators {
		for _, l := range o.lanes {
			for _, j := range l.drain() {
				s.dropLocked(j)
			}
		}
		o.poke()
	}
	s.nudge()
}

// dropLocked lets go of a name without a result.
func (s *Stage) dropLocked(j *job) {
	j.done = true
	s.pending--
	s.nudge()
}
