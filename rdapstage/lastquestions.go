package rdapstage

import "time"

// doubtful is after how many limits in a row a control is asked, whether or not
// anything waits for one: its answer says that it is a name that is limited.
const doubtful = 3

// lastLocked returns a control where nothing else is to be asked (scarce): with
// the last questions before a long wait, or what is open would be asked again after
// it; and after a limit, since the first question that is answered proves what is
// open and ends the back-off. The question may be none for now.
func (o *operator) lastLocked(now time.Time) (q question, scarce bool) {
	if o.strikes == 0 && o.left >= plenty {
		return question{}, false
	}
	need, pools := 0, make(map[*pool]bool)
	for _, l := range o.lanes {
		if !o.closes(l, now) {
			continue
		}
		if need++; !pools[l.pool] {
			need += l.pool.missing(now)
			pools[l.pool] = true
		}
	}
	if need == 0 || o.strikes == 0 && o.left > need {
		return question{}, false
	}
	for _, l := range o.lanes {
		if o.closes(l, now) && !l.control.looking && (l.control.flying == 0 || l.pool.lacks(now)) {
			if q, ok := l.askControl(l.pool.freeUntried(now)); ok {
				return q, true
			}
		}
	}
	return question{}, true
}

// closes reports whether a control of the lane would close something, or end a doubt.
func (o *operator) closes(l *lane, now time.Time) bool {
	wanted := l.open() || o.strikes >= doubtful && l.queue.len() > 0
	return wanted && !l.service.until.After(now) && !l.control.given(now)
}
