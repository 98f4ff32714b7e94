// Package hostile proves that no hostile reply makes a name available: hunts over
// names whose truth is known, in labs whose RDAP and WHOIS servers lie, refuse,
// break and change their mind while they are asked. It holds tests only.
//
// A world is one lab, one store and some faults. In its first night the faults are
// on; in the three nights after they are off, or go on and off. Each night is one
// hunt, a day after the last by its clock. Held against the lab's truth are every
// name called available, both equations, what is still undetermined, and what
// was missed. The lab counts for each fault how many questions it answered, and
// how many of those were about a dangerous name: one that DNS does not show and
// that is not for sale. A fault that met none has proved nothing, and fails.
//
// "make check" runs every kind once in a small world; "make hostile" a million
// names, and the WHOIS server that throttles for half of every minute in full length.
package hostile
