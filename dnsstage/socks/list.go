package socks

// list is a queue of workers chained through their own links; a worker stands
// in one at most.
type list struct {
	head, tail *worker
}

func (l *list) push(w *worker) {
	w.in, w.prev, w.next = l, l.tail, nil
	if l.tail == nil {
		l.head = w
	} else {
		l.tail.next = w
	}
	l.tail = w
}

// remove takes w out if it is in l.
func (l *list) remove(w *worker) {
	if w.in != l {
		return
	}
	if w.prev == nil {
		l.head = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.tail = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.in, w.prev, w.next = nil, nil, nil
}
