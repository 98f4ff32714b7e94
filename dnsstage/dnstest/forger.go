package dnstest

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
)

// forger sends forgeries to who has just asked, in front of the right reply. It
// sits where no forger on the internet can: it has read the query. Each forgery
// says the opposite of the truth and is the right reply but for one thing, so
// that one that is believed shows as a wrong status.
type forger struct {
	conns [fromNowhere]*net.UDPConn
	each  int   // forgeries a query
	fired []int // by kind
	turn  int
	rng   *rand.Rand
	last  [2]netip.AddrPort // the two sockets that asked last, the later one first
	query [plainRoom]byte   // as it came
	buf   [plainRoom]byte   // a forgery in the making
}

// origin is the socket that a forgery comes from.
type origin int

const (
	fromServer  origin = iota // the server's own
	fromPort                  // its address, another port
	fromAddress               // another address, its port; over IPv6 loopback has only one
	fromNowhere               // how many there are
)

// forgeryKind is one thing in which a forgery differs from the right reply.
type forgeryKind struct {
	name   string
	from   origin
	alter  func(f *forger, msg []byte, q *plainQuestion) // nil where the origin is what is wrong
	astray bool                                          // sent to another of the asker's sockets
}

// forgeryKinds are all of them. The last stands apart, see caseEvery.
var forgeryKinds = [...]forgeryKind{
	{name: "id", alter: func(f *forger, msg []byte, _ *plainQuestion) { msg[f.rng.IntN(2)] ^= f.nonzero() }},
	{name: "QR", alter: func(_ *forger, msg []byte, _ *plainQuestion) { msg[2] ^= 0x80 }},
	{name: "opcode", alter: func(f *forger, msg []byte, _ *plainQuestion) { msg[2] ^= byte(1+f.rng.IntN(15)) << 3 }},
	{name: "question count", alter: func(f *forger, msg []byte, _ *plainQuestion) { msg[4+f.rng.IntN(2)] ^= f.nonzero() }},
	{name: "name", alter: (*forger).otherName},
	{name: "type", alter: func(f *forger, msg []byte, q *plainQuestion) { msg[q.end-4+f.rng.IntN(2)] ^= f.nonzero() }},
	{name: "class", alter: func(f *forger, msg []byte, q *plainQuestion) { msg[q.end-2+f.rng.IntN(2)] ^= f.nonzero() }},
	{name: "source port", from: fromPort},
	{name: "source address", from: fromAddress},
	{name: "port asked from", astray: true},
	{name: "blind", alter: (*forger).blind},
	{name: "case", alter: (*forger).otherCase},
}

// caseEvery is how rare forgeries are with only the case wrong: one is enough to
// send its name to TCP, and the names are to stay where forgers are.
const caseEvery = 160

// newForger opens the sockets beside the server's own.
func newForger(own *net.UDPConn, each int) (*forger, error) {
	f := &forger{each: each, fired: make([]int, len(forgeryKinds)), rng: rand.New(rand.NewPCG(53, 1035))}
	var err error
	if f.conns[fromPort], err = listenBeside(own); err != nil {
		return nil, err
	}
	f.conns[fromServer] = own
	at := own.LocalAddr().(*net.UDPAddr).AddrPort()
	if at.Addr().Is4() {
		beside := netip.AddrPortFrom(at.Addr().Next(), at.Port())
		f.conns[fromAddress], err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(beside))
	}
	if err != nil {
		f.close()
	}
	return f, err
}

func (f *forger) close() {
	for _, c := range f.conns {
		if c != nil {
			_ = c.Close()
		}
	}
}

// around sends the forgeries of one query.
func (f *forger) around(query []byte, from netip.AddrPort) {
	if from != f.last[0] {
		f.last[0], f.last[1] = from, f.last[0]
	}
	q, ok := readPlain(f.query[:copy(f.query[:], query)])
	if !ok {
		return
	}
	for range f.each {
		f.fire(f.next(), &q, from)
	}
}

// next is whose turn it is.
func (f *forger) next() int {
	f.turn++
	if f.turn%caseEvery == 0 {
		return len(forgeryKinds) - 1
	}
	return f.turn % (len(forgeryKinds) - 1)
}

// fire sends one forgery, unless its kind cannot be made here.
func (f *forger) fire(kind int, q *plainQuestion, to netip.AddrPort) {
	k := &forgeryKinds[kind]
	conn := f.conns[k.from]
	if k.astray {
		to = f.last[1]
	}
	if conn == nil || !to.IsValid() {
		return
	}
	copy(f.buf[:], f.query[:])
	msg := f.buf[:writePlain(f.buf[:], q, !q.taken())]
	if k.alter != nil {
		k.alter(f, msg, q)
	}
	if _, err := conn.WriteToUDPAddrPort(msg, to); err == nil {
		f.fired[kind]++
	}
}

// counts are what was fired, by kind.
func (f *forger) counts() map[string]int {
	all := make(map[string]int)
	for i, n := range f.fired {
		all[forgeryKinds[i].name] = n
	}
	return all
}

func (f *forger) nonzero() byte { return byte(1 + f.rng.IntN(255)) }

// letterAt draws the place of a letter or digit of the first label.
func (f *forger) letterAt(msg []byte) int { return plainHeader + 1 + f.rng.IntN(int(msg[plainHeader])) }

// otherName puts another letter in the place of one.
func (f *forger) otherName(msg []byte, _ *plainQuestion) {
	at := f.letterAt(msg)
	old := msg[at] | 0x20
	for msg[at]|0x20 == old {
		msg[at] = 'a' + byte(f.rng.IntN(26))
	}
}

// otherCase turns the case of one letter of com: no label need have any.
func (f *forger) otherCase(msg []byte, q *plainQuestion) {
	msg[q.end-4-1-1-f.rng.IntN(3)] ^= 0x20
}

// blind is what who cannot see the query sends: an id and a name at a guess.
func (f *forger) blind(msg []byte, _ *plainQuestion) {
	binary.BigEndian.PutUint16(msg, uint16(f.rng.Uint32()))
	for i := range int(msg[plainHeader]) {
		msg[plainHeader+1+i] = 'a' + byte(f.rng.IntN(26)) ^ byte(f.rng.IntN(2))<<5
	}
}
