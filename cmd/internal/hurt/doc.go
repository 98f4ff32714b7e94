// Package hurt holds no code of its own: its tests do to the store file of the
// built binary whatever can happen to one. Bits flip, ends are cut off, disks
// are full, slow or failing, folders are missing or not ours.
//
// Each command must end with an exit code of its help and one clear line, never
// with a panic, never late, and what was committed before must be there.
package hurt
