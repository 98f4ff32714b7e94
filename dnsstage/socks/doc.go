// Package socks carries stage one's queries over TCP: through SOCKS5 proxies
// (worker i has its connection through proxy i mod M), or directly where there
// is no proxy. It never retries on another server and knows no rates: that is
// its user's part.
//
//	Submit --*Query--> desk: which worker? one that is connected to the server, one that is
//	                     |    free, one with nothing to do elsewhere  (desk.go, choose.go, server.go)
//	                     |    how many at once? as many as the server takes            (depth.go)
//	                     v
//	               worker.run   connects, writes what waits in one write    (worker.go, proxy.go)
//	                     |      its table: the queries it has, by id                  (table.go)
//	                     v
//	               conn.receive one read, many answers, in any order      (conn.go, answer.go)
//	                     v
//	Poll <--*Reply-- Handover <-- also: time is up (expire.go), the connection was closed (lost.go)
//
// A worker is one connection to one server and two goroutines: run, which
// connects and writes, and receive, as long as the connection lasts. New starts the
// workers and Close ends them all. What they share, tables included, is behind
// the desk's one lock, which is held once for all queries of a Submit and once
// for all answers of a read, and never during a system call that can wait.
//
// Queries are pipelined (RFC 7766 section 6.2.1.1): a connection carries as many
// as its server has shown to take, answers come in any order and are matched by
// id and question. A connection that is closed with queries unanswered costs
// none of them: they are asked again on a new one, within the time they have. A
// query that times out ends alone; its id is not used again on that connection,
// so that its late answer means nothing.
//
// A worker whose proxy fails leaves the desk, reconnects to the same proxy with
// growing pauses, and comes back when the proxy answers: no query waits behind a
// dead proxy while another lives. Until a connection has carried its first answer it
// is given one query, so that a proxy that says "connected" and lies costs no more.
package socks
