// iceoryx.cpp - frames by iceoryx: chunks of shared memory that its daemon, RouDi, gives out.
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <unistd.h>

#include "iceoryx_posh/popo/untyped_publisher.hpp"
#include "iceoryx_posh/popo/untyped_subscriber.hpp"
#include "iceoryx_posh/popo/wait_set.hpp"
#include "iceoryx_posh/runtime/posh_runtime.hpp"

#include "peer.h"

using namespace iox::popo;

namespace
{

const iox::capro::ServiceDescription service{ "transom", "peers", "frames" };

struct Side {
	std::unique_ptr<UntypedPublisher> publisher;
	std::unique_ptr<UntypedSubscriber> subscriber;
	std::unique_ptr<WaitSet<>> waitset;
	size_t bytes = 0;
	bool busy = false;
	void *chunk = nullptr; // that is drawn
};

// RouDi knows processes by their names.
void
introduce()
{
	static bool introduced = false;

	if (introduced)
		return;
	iox::runtime::PoshRuntime::initRuntime(
		iox::RuntimeName_t(iox::cxx::TruncateToCapacity, "peer-" + std::to_string(getpid())));
	introduced = true;
}

int
open_producer(const struct setup *setup, void **ret)
{
	PublisherOptions options;
	auto side = std::make_unique<Side>();

	introduce();
	if (setup->lossless)
		options.subscriberTooSlowPolicy = ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
	side->bytes = setup->bytes;
	side->publisher = std::make_unique<UntypedPublisher>(service, options);
	*ret = side.release();
	return 0;
}

int
draw(void *pointer, void **ret)
{
	Side *side = static_cast<Side *>(pointer);
	int r = -EAGAIN;

	side->publisher->loan(side->bytes).and_then([&](void *chunk) {
		side->chunk = *ret = chunk;
		r = 0;
	});
	return r;
}

int
publish(void *pointer)
{
	Side *side = static_cast<Side *>(pointer);

	side->publisher->publish(side->chunk);
	side->chunk = nullptr;
	return 0;
}

int
open_reader(const struct setup *setup, void **ret)
{
	SubscriberOptions options;
	auto side = std::make_unique<Side>();

	introduce();
	options.queueCapacity = setup->lossless ? 4 : 1;
	if (setup->lossless)
		options.queueFullPolicy = QueueFullPolicy::BLOCK_PRODUCER;
	side->busy = setup->busy;
	side->subscriber = std::make_unique<UntypedSubscriber>(service, options);
	if (!setup->busy) {
		bool failed = false;

		side->waitset = std::make_unique<WaitSet<>>();
		side->waitset->attachState(*side->subscriber, SubscriberState::HAS_DATA).or_else([&](auto) {
			failed = true;
		});
		if (failed)
			return -ENOMEM;
	}
	for (int i = 0;
	     i < 1000 && side->subscriber->getSubscriptionState() != iox::SubscribeState::SUBSCRIBED; i++)
		usleep(1000);
	if (side->subscriber->getSubscriptionState() != iox::SubscribeState::SUBSCRIBED) {
		// It would be connected when a publisher comes; leaving it costs one of RouDi's ports.
		side->waitset.reset();
		return -ENOENT;
	}
	*ret = side.release();
	return 0;
}

const void *
take(Side *side)
{
	const void *bytes = nullptr;

	side->subscriber->take().and_then([&](const void *chunk) { bytes = chunk; });
	return bytes;
}

int
acquire(void *pointer, struct received *ret)
{
	Side *side = static_cast<Side *>(pointer);
	uint64_t end;

	ret->bytes = take(side);
	if (ret->bytes)
		return 0;
	if (!side->busy) {
		side->waitset->timedWait(
			iox::units::Duration::fromMilliseconds(static_cast<unsigned>(PATIENCE_MS)));
		ret->bytes = take(side);
		return ret->bytes ? 0 : -EAGAIN;
	}
	end = now_ns() + PATIENCE_MS * UINT64_C(1000000);
	// The clock is looked at now and then: it would cost as much as taking.
	for (unsigned i = 0; !ret->bytes && (i % 1024 || now_ns() < end); i++)
		ret->bytes = take(side);
	return ret->bytes ? 0 : -EAGAIN;
}

void
release(void *pointer, struct received *frame)
{
	static_cast<Side *>(pointer)->subscriber->release(frame->bytes);
}

void
close_side(void *pointer)
{
	Side *side = static_cast<Side *>(pointer);

	if (side->chunk)
		side->publisher->release(side->chunk);
	side->waitset.reset();
	delete side;
}

} // namespace

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
