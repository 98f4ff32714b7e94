package store

import (
	"encoding/json"
	"os"
	"time"
)

// holder is what stands in the file beside a store that is open for writing.
// It only lets [LockedError] name who has the lock; the lock itself is bbolt's,
// on the store file, and ends with the process whatever stands here.
type holder struct {
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

func holderPath(path string) string { return path + ".lock" }

// noteHolder writes who holds the store. Failing to is no reason not to work.
func noteHolder(path, command string, now time.Time) {
	data, err := json.Marshal(holder{PID: os.Getpid(), Command: command, Since: now.UTC()})
	if err == nil {
		_ = os.WriteFile(holderPath(path), data, 0o600)
	}
}

func dropHolder(path string) { _ = os.Remove(holderPath(path)) }

// lockedError names the holder as well as it can be known.
func lockedError(path string) error {
	e := &LockedError{Path: path}
	var h holder
	if data, err := os.ReadFile(holderPath(path)); err == nil && json.Unmarshal(data, &h) == nil {
		e.PID, e.Command, e.Since = h.PID, h.Command, h.Since
	}
	return e
}
