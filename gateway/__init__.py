"""The insurer's side: answers the desks, keeps the records, answers the insurer."""
