package rdapstage

// readPort43 reads the text of a WHOIS server or of a DAS, whose answers are a closed set.
func (s *Stage) readPort43(q *question, text []byte) Reading {
	return ClassifyWHOIS(q.lane.host, q.name, q.lane.hand(), text)
}
