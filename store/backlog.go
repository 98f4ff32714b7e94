package store

import "time"

// Backlog estimates how long it would take to commit what [Run.Answered] has
// been given and is not in the file yet, by how long the last commit took.
func (r *Run) Backlog() time.Duration {
	r.mu.Lock()
	n := r.cur.names
	if r.flushing != nil {
		n += r.flushing.names
	}
	r.mu.Unlock()
	return time.Duration(n) * time.Duration(r.perName.Load())
}

// timedFrom is how many names a commit must have for its time to tell what a
// name takes: that of a smaller one is mostly the disk's time to sync.
const timedFrom = 4096

// timed takes note of how long a commit of so many names took.
func (r *Run) timed(names int, took time.Duration) {
	if names >= timedFrom {
		r.perName.Store(int64(took) / int64(names))
	}
}
