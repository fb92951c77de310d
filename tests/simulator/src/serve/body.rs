//! An answer's body, which may tear in the middle.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::Dropped;

/// A body that is sent whole, or announced whole and sent half.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    rest: Bytes,
    tear: Tear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tear {
    Never,
    AfterHalf,
    AfterFlush,
    Now,
}

impl AnswerBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { rest: bytes, tear: Tear::Never }
    }

    pub(crate) fn torn(self) -> Self {
        Self { tear: Tear::AfterHalf, ..self }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        match self.tear {
            Tear::Never if self.rest.is_empty() => Poll::Ready(None),
            Tear::Never => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest))))),
            Tear::AfterHalf => {
                self.tear = Tear::AfterFlush;
                let half = self.rest.len() / 2;
                Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(half)))))
            }
            Tear::AfterFlush => {
                // Hyper writes to the socket what it has when the body makes it wait.
                self.tear = Tear::Now;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Tear::Now => Poll::Ready(Some(Err(Dropped))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.tear == Tear::Never && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
