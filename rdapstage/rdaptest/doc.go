// Package rdaptest fakes registries on loopback: RDAP servers, bootstrap files,
// WHOIS and DAS servers, each handler named by how it behaves or misbehaves. It
// never imports what it tests.
package rdaptest
