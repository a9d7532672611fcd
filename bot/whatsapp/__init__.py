"""WhatsApp: draw; its transport comes with the next part. twilio lives here and nowhere else."""
