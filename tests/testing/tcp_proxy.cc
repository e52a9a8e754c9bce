#include "tests/testing/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace cimd::testing {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void Require(bool worked, const char* what) {
  if (worked) return;
  std::perror(what);
  std::abort();
}

}  // namespace

TcpProxy::TcpProxy(const std::string& target) : target_(target) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in any_port = Loopback(0);
  Require(bind(listener_, reinterpret_cast<const sockaddr*>(&any_port), sizeof(any_port)) == 0, "proxy: bind");
  Require(listen(listener_, SOMAXCONN) == 0, "proxy: listen");
  Require(pipe(wake_) == 0, "proxy: pipe");
  thread_ = std::thread([this] { Run(); });
}

TcpProxy::~TcpProxy() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Require(write(wake_[1], "s", 1) == 1, "proxy: wake");
  thread_.join();
  for (int descriptor : {listener_, wake_[0], wake_[1]}) close(descriptor);
}

std::string TcpProxy::address() const {
  sockaddr_in bound{};
  socklen_t length = sizeof(bound);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &length);
  return "127.0.0.1:" + std::to_string(ntohs(bound.sin_port));
}

void TcpProxy::SetTarget(const std::string& target) {
  absl::MutexLock lock(&mutex_);
  target_ = target;
}

void TcpProxy::Cut() {
  {
    absl::MutexLock lock(&mutex_);
    cut_ = true;
  }
  Require(write(wake_[1], "c", 1) == 1, "proxy: wake");
}

void TcpProxy::Run() {
  while (true) {
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    for (const Link& link : links_) {
      polled.push_back({link.client, POLLIN, 0});
      polled.push_back({link.server, POLLIN, 0});
    }
    Require(poll(polled.data(), polled.size(), -1) > 0, "proxy: poll");
    char woken = 0;
    if (polled[1].revents != 0) Require(read(wake_[0], &woken, 1) == 1, "proxy: read");
    bool cut = false;
    bool stopping = false;
    {
      absl::MutexLock lock(&mutex_);
      std::swap(cut, cut_);
      stopping = stopping_;
    }
    std::vector<Link> kept;
    for (size_t i = 0; i < links_.size(); ++i) {
      const Link& link = links_[i];
      const bool goes_on = !cut && !stopping && (polled[2 + 2 * i].revents == 0 || Pass(link.client, link.server)) &&
                           (polled[3 + 2 * i].revents == 0 || Pass(link.server, link.client));
      if (goes_on) {
        kept.push_back(link);
      } else {
        Reset(link);
      }
    }
    links_ = std::move(kept);
    if (stopping) return;
    if (polled[0].revents != 0) Accept();
  }
}

void TcpProxy::Accept() {
  Link link{.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC),
            .server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string target;
  {
    absl::MutexLock lock(&mutex_);
    target = target_;
  }
  const sockaddr_in address = Loopback(std::atoi(target.c_str() + target.rfind(':') + 1));
  if (connect(link.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return Reset(link);
  links_.push_back(link);
}

bool TcpProxy::Pass(int from, int to) {
  char buffer[64 << 10];
  const ssize_t size = read(from, buffer, sizeof(buffer));
  for (ssize_t sent = 0; sent < size;) {
    const ssize_t step = send(to, buffer + sent, size - sent, MSG_NOSIGNAL);
    if (step <= 0) return false;
    sent += step;
  }
  return size > 0;
}

void TcpProxy::Reset(const Link& link) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  for (int descriptor : {link.client, link.server}) {
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(descriptor);
  }
}

}  // namespace cimd::testing
