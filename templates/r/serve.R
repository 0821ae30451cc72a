# SageMaker starts this program by `serve`. It loads the model that `train` made and answers on port 8080:
#
# GET /ping                   200 as soon as the model is there
# POST /invocations           a prediction for each row of a text/csv or application/json body
# GET /execution-parameters   how a batch transform job should ask
#
# R does one thing at a time. So a large invocation is answered by a copy of this process (a fork, which takes some milliseconds and shares the
# model's memory), and /ping meanwhile by this one.

source("/opt/program/model.R")
source("/opt/program/predict.R")

path <- "/opt/ml/model/model.rds"
workers <- max(1L, min(8L, parallel::detectCores(), na.rm = TRUE))
small <- 64 * 1024 # bytes of a body that is answered here, since that takes less time than a fork; 0 when your model is slow
stop_grace <- 20 # seconds; SageMaker kills 30 seconds after SIGTERM
under_way <- 0L
children <- 0L

main <- function() {
  model <- tryCatch(readRDS(path), error = function(error) stop(sprintf("cannot load the model from %s", path), call. = FALSE))
  port <- as.integer(Sys.getenv("SAGEMAKER_BIND_TO_PORT", "8080"))
  server <- httpuv::startServer("0.0.0.0", port, list(call = function(request) respond(model, request)))
  cat("serving on port", port, "\n")
  # Until SIGTERM, which comes as an interrupt.
  tryCatch(repeat later::run_now(3600), interrupt = function(interrupt) NULL)
  suspendInterrupts(finish(server))
}

respond <- function(model, request) {
  switch(paste(request$REQUEST_METHOD, request$PATH_INFO),
    "GET /ping" = answer(200L, "text/plain", ""),
    "GET /execution-parameters" = answer_json(
      200L,
      list(MaxConcurrentTransforms = workers, BatchStrategy = "MULTI_RECORD", MaxPayloadInMB = 6L)
    ),
    "POST /invocations" = {
      body <- request$rook.input$read()
      content_type <- if (is.null(request$HTTP_CONTENT_TYPE)) "" else request$HTTP_CONTENT_TYPE
      accept <- if (is.null(request$HTTP_ACCEPT)) "" else request$HTTP_ACCEPT
      if (length(body) < small) {
        answer_invocation(model, body, content_type, accept)
      } else {
        in_child(answer_invocation(model, body, content_type, accept))
      }
    },
    answer_json(404L, list(error = sprintf("there is nothing at %s %s", request$REQUEST_METHOD, request$PATH_INFO)))
  )
}

# A promise of what the expression comes to, in a copy of this process. No more of them at a time than there are processors.
in_child <- function(expression) {
  under_way <<- under_way + 1L
  answered <- promises::promise(function(resolve, reject) {
    begin <- function() {
      if (children == workers) return(later::later(begin, 0.005))
      children <<- children + 1L
      job <- parallel::mcparallel(expression)
      look <- function() {
        got <- parallel::mccollect(job, wait = FALSE)
        if (is.null(got)) return(later::later(look, 0.005))
        children <<- children - 1L
        result <- got[[1]] # of a process that was killed there is none
        resolve(if (is.null(result)) answer_json(500L, list(error = "the process that predicts has ended early")) else result)
      }
      look()
    }
    begin()
  })
  promises::finally(answered, function() under_way <<- under_way - 1L)
}

# Answers what has been taken in, and no more.
finish <- function(server) {
  last <- Sys.time() + stop_grace
  while (under_way > 0L && Sys.time() < last) later::run_now(0.1)
  later::run_now(0.1) # the last answer leaves
  httpuv::stopServer(server)
}

main()
